import type { CityTable } from './demo-types.js';

// Columns: name | centre | stratum | millions of COP per m² in 2026 | streets | types that are sold | notes | landmarks
// Streets: `C` calles and `K` carreras (or `A` avenidas), with N(orte), S(ur) or O(este); or `km`, the kilometres of the
// road to the place; or `mz`, numbered blocks. Types: the letters of TYPES in demo-properties.ts. Notes: the earliest
// year of construction; `±`, the radius in metres. Centres are approximate, because listings are scattered around them.

const BOGOTA = `
Chapinero Alto     |4.644 -74.059|4-5|7.9 |C53-66 K2-6     |asoc  |    |la Zona G; el Parque de los Hippies
Chicó Norte        |4.681 -74.048|6  |9.8 |C94-100 K11-18  |asoc  |    |el Parque de la 93; el Museo del Chicó
Rosales            |4.656 -74.052|6  |10.4|C70-80 K2-6     |as    |    |la Zona G; la quebrada La Vieja
Santa Bárbara      |4.696 -74.042|5-6|8.2 |C110-123 K11-19 |ahoc  |    |Unicentro; Hacienda Santa Bárbara
Cedritos           |4.722 -74.043|4  |6.4 |C138-150 K8-19  |asochl|    |Palatino; la carrera 19
Colina Campestre   |4.732 -74.063|4-5|6.3 |C134-150 K52-58 |ah    |1990|Parque La Colina; la avenida Boyacá
San José de Bavaria|4.766 -74.064|5-6|5.8 |C170-181 K72-80 |ahl   |1980|la avenida Boyacá
Suba               |4.742 -74.086|3  |4.6 |C138-147 K90-102|ahclb |    |el Portal de Suba; Plaza Imperial
Ciudad Salitre     |4.656 -74.108|4-5|7.1 |C22-24 K68-72   |aso   |1990|Salitre Plaza; Gran Estación
Modelia            |4.669 -74.120|4  |5.6 |C23-25 K74-85   |ahc   |    |Hayuelos; la avenida Boyacá
Teusaquillo        |4.627 -74.071|4  |5.8 |C32-39 K14-20   |ahsocb|1940|el Parkway; la avenida Caracas
La Macarena        |4.614 -74.066|3-4|6.8 |C26-29 K3-5     |asc   |    |el Planetario; la plaza La Santamaría
Quirigua           |4.704 -74.101|3  |4.2 |C80-91 K90-95   |ahcb  |    |el Portal de la 80; la calle 80
Fontibón           |4.673 -74.143|3  |4.7 |C17-23 K96-108  |ahcwlb|    |el aeropuerto El Dorado
Ciudad Kennedy     |4.626 -74.150|3  |4.2 |C35-42S K72-80  |ahclb |    |Plaza de las Américas
Bosa               |4.617 -74.188|2  |3.5 |C60-70S K78-88  |ahcl  |    |el Portal de las Américas
Puente Aranda      |4.629 -74.112|3  |4.3 |C10-17 K50-65   |wocb  |    |la avenida de Las Américas
Vereda El Verjón   |4.583 -74.015|2  |0.06|km 2-9          |fl    |    |la vía a Choachí
`;

const MEDELLIN = `
El Poblado         |6.209 -75.568|6  |8.8 |C7-16 K30-43 |asoc |    |el Parque Lleras; el Parque de El Poblado
Castropol          |6.217 -75.569|6  |8.2 |C12-18 K38-43|as   |    |la avenida El Poblado; el Parque Lleras
Los Balsos         |6.189 -75.561|6  |8.5 |C5-12S K25-32|ah   |    |la Transversal Inferior
Laureles           |6.245 -75.595|5  |7.3 |C35-42 K73-79|ahsoc|    |el Primer Parque; la avenida Nutibara
Estadio            |6.253 -75.589|4-5|6.3 |C47-52 K70-77|ahsc |    |el Atanasio Girardot; la carrera 70
Conquistadores     |6.242 -75.584|5  |6.9 |C33-36 K63-66|as   |    |Unicentro Medellín; los Parques del Río
Belén              |6.231 -75.603|4  |5.5 |C28-32 K74-82|ahscb|    |el Parque de Belén; la carrera 76
Loma de los Bernal |6.211 -75.605|4-5|5.9 |C1-5 K76-83  |ah   |1990|la avenida 80
Calasanz           |6.264 -75.600|4  |5.2 |C50-56 K80-86|ah   |    |la estación Floresta; la avenida 80
Robledo            |6.278 -75.594|3  |4.0 |C65-78 K80-90|ahcl |    |el ITM; la Facultad de Minas
Buenos Aires       |6.241 -75.554|3  |4.2 |C45-50 K25-35|ahc  |    |el tranvía de Ayacucho
Aranjuez           |6.283 -75.561|3  |3.7 |C88-94 K48-52|ahcb |    |el Parque de Aranjuez
La Candelaria      |6.248 -75.568|3  |4.3 |C46-54 K43-51|asocb|    |el Parque de Berrío; la Plaza Botero
Guayabal           |6.213 -75.585|3-4|4.9 |C4-12 K50-56 |awcl |    |el aeropuerto Olaya Herrera
Vereda Barro Blanco|6.210 -75.502|3  |0.09|km 1-5       |fl   |    |el parque central de Santa Elena
`;

const CALI = `
Ciudad Jardín |3.364 -76.537|6  |5.6 |C13-18 K100-112|ahocl|    |Unicentro Cali; la Universidad del Valle
Pance         |3.334 -76.540|5-6|5.4 |C16-22 K116-125|ahl  |1985|el río Pance; la Universidad San Buenaventura
Valle del Lili|3.373 -76.523|4-5|4.9 |C42-50 K94-100 |as   |1998|la Fundación Valle del Lili; Jardín Plaza
El Ingenio    |3.383 -76.529|5  |4.8 |C14-18 K80-85  |ahc  |1980|el Parque del Ingenio
Granada       |3.459 -76.534|5  |5.2 |C9-16N A8-9N   |asoc |    |el bulevar del Río; la avenida Sexta
El Peñón      |3.450 -76.540|5-6|5.3 |C1-4O K1-4     |asc  |    |el Parque del Peñón; el Museo La Tertulia
Santa Teresita|3.450 -76.550|6  |5.5 |C7-11O K1-4    |a    |    |el Zoológico de Cali; el río Cali
San Antonio   |3.447 -76.542|3-4|4.3 |C1-4 K5-12     |ahcs |1935|la colina de San Antonio
San Fernando  |3.430 -76.543|4  |4.1 |C3-5 K24-37    |ahocb|    |el Pascual Guerrero; el Parque del Perro
Tequendama    |3.421 -76.544|5  |4.3 |C5-9 K39-47    |aosc |    |la Clínica Imbanaco; la calle Quinta
La Flora      |3.486 -76.522|5  |4.3 |C45-58N A3-6N  |ahc  |    |el Centro Comercial Chipichape
Versalles     |3.463 -76.528|4-5|4.0 |C20-26N A4-6N  |asoc |    |la avenida Sexta; la Terminal de Transportes
El Caney      |3.386 -76.519|4  |3.9 |C42-48 K80-86  |ah   |1990|la autopista Simón Bolívar
Salomia       |3.470 -76.502|3  |2.9 |C44-51 K1-5    |ahcwl|    |el Centro Comercial Único
San Nicolás   |3.454 -76.525|3  |2.8 |C18-24 K4-8    |wcb  |    |el centro de la ciudad
La Buitrera   |3.382 -76.578|4  |0.09|km 1-6         |fl   |    |el río Meléndez
`;

const BARRANQUILLA = `
Alto Prado     |11.003 -74.809|6  |5.6|C76-82 K52-58  |asoc |    |el Parque Washington; Villa Country
Riomar         |11.012 -74.818|6  |5.5|C84-92 K52-59  |ah   |    |Viva Barranquilla; Buenavista
Villa Santos   |11.015 -74.829|6  |5.6|C98-106 K49-53 |asohc|1995|Buenavista
Altos del Limón|11.008 -74.831|6  |5.3|C98-104 K42-46 |a    |1995|Buenavista
El Golf        |11.006 -74.815|6  |5.2|C78-83 K59-62  |ah   |    |el Country Club; la calle 79
El Prado       |10.997 -74.798|5  |4.2|C64-74 K52-58  |ahocb|1935|el Hotel El Prado; el Museo Romántico
Ciudad Jardín  |10.994 -74.815|4-5|4.2|C76-80 K40-43  |ah   |    |la carrera 43
Boston         |10.987 -74.794|4  |3.5|C56-66 K41-45  |ahcs |    |la carrera 43; el Parque Suri Salcedo
El Recreo      |10.981 -74.799|3-4|3.2|C60-66 K32-37  |ahb  |    |la carrera 38
Alameda del Río|10.982 -74.846|4  |4.1|C115-125 K30-38|a    |2016|la avenida Circunvalar
Caribe Verde   |10.964 -74.844|2-3|3.1|C82-92 K23-28  |ahl  |2012|la avenida Circunvalar
Simón Bolívar  |10.945 -74.779|2  |2.4|C17-30 K6-12   |ahcl |    |
Barranquillita |10.983 -74.776|3  |2.4|C6-17 K46-52   |wcl  |    |el centro de la ciudad
`;

const CARTAGENA = `
Bocagrande    |10.405 -75.553|6  |8.6|C5-11 K1-4   |asoc|±180     |la playa; la avenida San Martín
Castillogrande|10.395 -75.551|6  |9.2|C5-6 K8-14   |a   |±120     |la bahía de Cartagena; el Club Naval
El Laguito    |10.398 -75.561|5-6|8.3|C1-3 K1-3    |as  |±100     |la playa de El Laguito; El Hilton
Cielo Mar     |10.456 -75.508|5-6|7.7|C22-34 K8-9  |a   |2008 ±100|la playa de La Boquilla
Manga         |10.412 -75.534|5  |6.3|C24-28 K17-25|ahoc|1940 ±300|la avenida Miramar; la bahía de Cartagena
Getsemaní     |10.422 -75.546|3-4|8.4|C25-30 K9-11 |ahcb|1930 ±150|la Plaza de la Trinidad
Pie de la Popa|10.418 -75.527|4  |4.9|C29-32 K19-25|ahsb|1945 ±250|el Castillo de San Felipe; Caribe Plaza
Crespo        |10.444 -75.518|5  |6.0|C64-70 K2-6  |ahs |±200     |la playa; el aeropuerto Rafael Núñez
Torices       |10.430 -75.535|2-3|3.5|C40-47 K14-17|ahb |±250     |Mallplaza El Castillo
Los Alpes     |10.400 -75.483|3-4|3.9|C30-32 K71-76|ahcl|         |la avenida Pedro de Heredia
El Recreo     |10.389 -75.472|3-4|3.9|C30-32 K79-84|ah  |         |
Mamonal       |10.325 -75.492|3  |2.2|km 2-9       |wl  |         |la Zona Franca La Candelaria
`;

export const LARGE_CITY_TABLES: readonly CityTable[] = [
  {
    name: 'Bogotá',
    latitude: 4.6533,
    longitude: -74.0836,
    climate: 'cold',
    transit: 'rutas del SITP',
    view: 'los cerros orientales',
    table: BOGOTA,
  },
  {
    name: 'Medellín',
    latitude: 6.2442,
    longitude: -75.5812,
    climate: 'mild',
    transit: 'rutas integradas al metro',
    view: 'el valle de Aburrá',
    table: MEDELLIN,
  },
  {
    name: 'Cali',
    latitude: 3.4372,
    longitude: -76.5225,
    climate: 'hot',
    transit: 'rutas del MIO',
    view: 'los Farallones',
    table: CALI,
  },
  {
    name: 'Barranquilla',
    latitude: 10.9878,
    longitude: -74.805,
    climate: 'hot',
    transit: 'rutas de Transmetro',
    view: 'la ciudad',
    table: BARRANQUILLA,
  },
  {
    name: 'Cartagena',
    latitude: 10.4,
    longitude: -75.515,
    climate: 'hot',
    transit: 'rutas de Transcaribe',
    view: 'la ciudad',
    table: CARTAGENA,
  },
];
