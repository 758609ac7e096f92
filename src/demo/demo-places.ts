import type { DemoCity, DemoPlace, Range, Streets } from './demo-types.js';

// A row with name, centre and climate for each city, then its places:
// name | centre | stratum | millions of COP per m² in 2026 | streets | types that are sold | notes | landmarks
// Streets: `C` calles and `K` carreras (or `A` avenidas), with N(orte), S(ur) or O(este); or `km`, the kilometres of the
// road to the place; or `mz`, numbered blocks. Types: the letters of TYPES in demo-properties.ts. Notes: the earliest
// year of construction; `±`, the radius in metres. Centres are approximate, because listings are scattered around them.
const CITIES = `
Bogotá|4.6533 -74.0836|cold
Chapinero Alto     |4.644 -74.059|4-5|7.9 |C53-66 K2-6    |asoc  |    |la Zona G; el Parque de los Hippies
Chicó Norte        |4.681 -74.048|6  |9.8 |C94-100 K11-18 |asoc  |    |el Parque de la 93; el Museo del Chicó
Rosales            |4.656 -74.052|6  |10.4|C70-80 K2-6    |as    |    |la Zona G; la quebrada La Vieja
Cedritos           |4.722 -74.043|4  |6.4 |C138-150 K8-19 |asochl|    |Palatino; la carrera 19
San José de Bavaria|4.766 -74.064|5-6|5.8 |C170-181 K72-80|ahl   |1980|la avenida Boyacá
Ciudad Salitre     |4.656 -74.108|4-5|7.1 |C22-24 K68-72  |aso   |1990|Salitre Plaza; Gran Estación
Modelia            |4.669 -74.120|4  |5.6 |C23-25 K74-85  |ahc   |    |Hayuelos; la avenida Boyacá
La Macarena        |4.614 -74.066|3-4|6.8 |C26-29 K3-5    |asc   |    |el Planetario; la plaza La Santamaría
Fontibón           |4.673 -74.143|3  |4.7 |C17-23 K96-108 |ahcwlb|    |el aeropuerto El Dorado
Bosa               |4.617 -74.188|2  |3.5 |C60-70S K78-88 |ahcl  |    |el Portal de las Américas
Puente Aranda      |4.629 -74.112|3  |4.3 |C10-17 K50-65  |wocb  |    |la avenida de Las Américas
Vereda El Verjón   |4.583 -74.015|2  |0.06|km 2-9         |fl    |    |la vía a Choachí

Medellín|6.2442 -75.5812|mild
El Poblado         |6.209 -75.568|6  |8.8 |C7-16 K30-43 |asoc ||el Parque Lleras; el Parque de El Poblado
Los Balsos         |6.189 -75.561|6  |8.5 |C5-12S K25-32|ah   ||la Transversal Inferior
Laureles           |6.245 -75.595|5  |7.3 |C35-42 K73-79|ahsoc||el Primer Parque; la avenida Nutibara
Belén              |6.231 -75.603|4  |5.5 |C28-32 K74-82|ahscb||el Parque de Belén; la carrera 76
Robledo            |6.278 -75.594|3  |4.0 |C65-78 K80-90|ahcl ||el ITM; la Facultad de Minas
La Candelaria      |6.248 -75.568|3  |4.3 |C46-54 K43-51|asocb||el Parque de Berrío; la Plaza Botero
Guayabal           |6.213 -75.585|3-4|4.9 |C4-12 K50-56 |awcl ||el aeropuerto Olaya Herrera
Vereda Barro Blanco|6.210 -75.502|3  |0.09|km 1-5       |fl   ||el parque central de Santa Elena

Cali|3.4372 -76.5225|hot
Ciudad Jardín|3.364 -76.537|6  |5.6 |C13-18 K100-112|ahocl|    |Unicentro Cali; la Universidad del Valle
El Ingenio   |3.383 -76.529|5  |4.8 |C14-18 K80-85  |ahc  |1980|el Parque del Ingenio
Granada      |3.459 -76.534|5  |5.2 |C9-16N A8-9N   |asoc |    |el bulevar del Río; la avenida Sexta
San Antonio  |3.447 -76.542|3-4|4.3 |C1-4 K5-12     |ahcs |1935|la colina de San Antonio
La Flora     |3.486 -76.522|5  |4.3 |C45-58N A3-6N  |ahc  |    |el Centro Comercial Chipichape
Versalles    |3.463 -76.528|4-5|4.0 |C20-26N A4-6N  |asoc |    |la avenida Sexta; la Terminal de Transportes
San Nicolás  |3.454 -76.525|3  |2.8 |C18-24 K4-8    |wcb  |    |el centro de la ciudad
La Buitrera  |3.382 -76.578|4  |0.09|km 1-6         |fl   |    |el río Meléndez

Barranquilla|10.9878 -74.805|hot
Alto Prado     |11.003 -74.809|6  |5.6|C76-82 K52-58  |asoc |    |el Parque Washington; Villa Country
Villa Santos   |11.015 -74.829|6  |5.6|C98-106 K49-53 |asohc|1995|Buenavista
El Golf        |11.006 -74.815|6  |5.2|C78-83 K59-62  |ah   |    |el Country Club; la calle 79
El Prado       |10.997 -74.798|5  |4.2|C64-74 K52-58  |ahocb|1935|el Hotel El Prado; el Museo Romántico
Boston         |10.987 -74.794|4  |3.5|C56-66 K41-45  |ahcs |    |la carrera 43; el Parque Suri Salcedo
El Recreo      |10.981 -74.799|3-4|3.2|C60-66 K32-37  |ahb  |    |la carrera 38
Alameda del Río|10.982 -74.846|4  |4.1|C115-125 K30-38|a    |2016|la avenida Circunvalar
Barranquillita |10.983 -74.776|3  |2.4|C6-17 K46-52   |wcl  |    |el centro de la ciudad

Cartagena|10.4 -75.515|hot
Bocagrande|10.405 -75.553|6  |8.6|C5-11 K1-4   |asoc|±180     |la playa; la avenida San Martín
El Laguito|10.398 -75.561|5-6|8.3|C1-3 K1-3    |as  |±100     |la playa de El Laguito; El Hilton
Manga     |10.412 -75.534|5  |6.3|C24-28 K17-25|ahoc|1940 ±300|la avenida Miramar; la bahía de Cartagena
Getsemaní |10.422 -75.546|3-4|8.4|C25-30 K9-11 |ahcb|1930 ±150|la Plaza de la Trinidad
Crespo    |10.444 -75.518|5  |6.0|C64-70 K2-6  |ahs |±200     |la playa; el aeropuerto Rafael Núñez
Torices   |10.430 -75.535|2-3|3.5|C40-47 K14-17|ahb |±250     |Mallplaza El Castillo
Los Alpes |10.400 -75.483|3-4|3.9|C30-32 K71-76|ahcl|         |la avenida Pedro de Heredia
Mamonal   |10.325 -75.492|3  |2.2|km 2-9       |wl  |         |la Zona Franca La Candelaria

Bucaramanga|7.1193 -73.1227|mild
Cabecera del Llano  |7.117 -73.109|5-6|5.1 |C44-56 K33-38  |ahsoc||el Parque San Pío; la carrera 33
El Prado            |7.123 -73.112|4-5|4.5 |C33-37 K33-37  |ah   ||la carrera 33
San Alonso          |7.129 -73.116|4  |4.0 |C14-21 K27-32  |ahsc ||el estadio Américo Montanini; la UIS
Provenza            |7.088 -73.112|4  |3.7 |C104-115 K21-25|ahcb ||la autopista a Floridablanca
San Francisco       |7.131 -73.124|3  |3.0 |C11-20 K21-25  |hcwb ||la carrera 21
Centro              |7.119 -73.126|3  |3.0 |C33-41 K11-19  |asocb||el Parque Santander
Chimitá             |7.101 -73.160|3  |2.1 |km 1-4         |wl   ||el anillo vial
Vereda Retiro Grande|7.130 -73.083|2  |0.05|km 1-6         |fl   ||la vía a Cúcuta

Pereira|4.8087 -75.6906|mild
Pinares           |4.801 -75.681|5-6|4.9 |C5-11 K14-19 |ahs   |    |la avenida Circunvalar
Álamos            |4.797 -75.689|5  |4.4 |C13-16 K21-25|ah    |    |la Universidad Tecnológica de Pereira
Belmonte          |4.803 -75.739|4  |3.8 |C80-88 K26-34|ahc   |1985|la avenida 30 de Agosto
Centro            |4.814 -75.695|3-4|3.3 |C14-25 K5-10 |asocb |    |la Plaza de Bolívar; el lago Uribe Uribe
Cuba              |4.799 -75.731|2-3|2.7 |C68-74 K24-30|ahclbw|    |el intercambiador de Cuba
Villa Verde       |4.781 -75.701|3  |2.7 |mz 1-28      |hl    |1998|
Vereda Combia Baja|4.848 -75.748|3  |0.10|km 2-8       |fl    |    |la vía a Marsella
Vereda La Florida |4.766 -75.612|3  |0.07|km 9-12      |fl    |    |el río Otún

Manizales|5.0689 -75.5174|cold
El Cable       |5.057 -75.488|5-6|4.7 |C60-66 K22-24|asoc ||la Torre de El Cable; Cable Plaza
La Estrella    |5.058 -75.485|5-6|4.4 |C59-65 K24-26|ahc  ||Cable Plaza
Laureles       |5.050 -75.491|5  |4.1 |C65-70 K28-32|ahs  ||la Universidad de Caldas; la avenida Paralela
San Jorge      |5.060 -75.505|4  |3.2 |C45-50 K28-32|ah   ||la avenida Paralela
Villa Pilar    |5.076 -75.531|3-4|3.0 |C8-14 K26-30 |ah   ||el mirador de Chipre
Centro         |5.069 -75.517|3-4|2.9 |C18-29 K20-25|asocb||la Catedral Basílica; la Plaza de Bolívar
Maltería       |5.037 -75.436|3  |2.0 |km 9-12      |wl   ||la zona industrial Juanchito
Vereda La Linda|5.086 -75.544|2  |0.06|km 1-5       |fl   ||

Santa Marta|11.2208 -74.2|hot
El Rodadero     |11.204 -74.225|4-6|6.2 |C6-14 K1-4   |asoc |±180     |la playa de El Rodadero
Centro Histórico|11.244 -74.211|3-4|4.8 |C12-22 K2-5  |ahocb|1935 ±200|el Parque de los Novios; la Marina
Bavaria         |11.235 -74.201|4  |4.2 |C24-28 K8-16 |ahcs |         |la avenida del Libertador
Gaira           |11.191 -74.218|2-3|3.2 |C7-16 K6-12  |ahclb|±250     |El Rodadero; el río Gaira
Curinca         |11.228 -74.187|3-4|3.4 |mz 1-24      |h    |1985     |la Universidad del Magdalena
Mamatoco        |11.231 -74.170|2-3|2.9 |C29-33 K55-65|ahlwc|         |la Quinta de San Pedro; Buenavista
Minca           |11.146 -74.121|2  |0.08|km 6-12      |fl   |         |las cascadas de Marinka
Bonda           |11.233 -74.129|2  |0.06|km 3-7       |fl   |         |la Troncal del Caribe

Villavicencio|4.142 -73.6266|hot
El Buque        |4.133 -73.640|4-5|4.1 |C15-19 K40-46|ahso  |    |Villacentro; Primavera Urbana
Barzal          |4.146 -73.639|4-5|3.8 |C32-37 K36-41|ahsocb|    |la Clínica Meta
La Esperanza    |4.129 -73.626|3-4|3.0 |C10-15 K35-40|ahcb  |    |Viva Villavicencio
Hacaritama      |4.125 -73.632|4  |3.5 |mz 1-18      |h     |1985|Viva Villavicencio
Centro          |4.153 -73.636|3  |3.0 |C37-41 K28-33|aocb  |    |el Parque Los Libertadores
Anillo Vial     |4.108 -73.623|3  |1.9 |km 2-8       |wl    |    |la vía a Puerto López
Vereda Apiay    |4.086 -73.566|2  |0.05|km 8-14      |fl    |    |la vía a Puerto López
Vereda Barcelona|4.076 -73.583|2  |0.06|km 9-13      |fl    |    |la Universidad de los Llanos

Ibagué|4.4389 -75.2122|mild
El Vergel      |4.448 -75.185|5  |4.1 |C69-77 K5-9  |ah   |1995|la avenida Ambalá
Piedra Pintada |4.439 -75.210|4-5|3.6 |C42-47 K4-7  |ahsc |    |Multicentro; la carrera Quinta
La Pola        |4.446 -75.245|4  |3.3 |C4-9 K2-6    |ahb  |    |el Conservatorio del Tolima
Ambalá         |4.451 -75.208|3-4|2.9 |C58-64 K18-24|ahcl |    |la avenida Ambalá
Jordán         |4.444 -75.196|3-4|3.0 |mz 1-45      |h    |1975|el Parque Deportivo
Centro         |4.443 -75.241|3-4|2.9 |C9-16 K2-5   |asocb|    |la Plaza de Bolívar; el Parque Murillo Toro
Picaleña       |4.422 -75.165|2-3|1.9 |km 1-5       |wl   |    |el aeropuerto Perales
Vereda Llanitos|4.485 -75.276|2  |0.06|km 2-7       |fl   |    |el cañón del Combeima

Envigado|6.1719 -75.5857|mild
Zúñiga           |6.183 -75.576|5-6|7.9 |C20-25S K36-43|as   |    |la avenida El Poblado
Las Antillas     |6.175 -75.572|5  |7.2 |C30-35S K24-29|a    |1998|la Transversal Intermedia
Jardines         |6.173 -75.591|4-5|6.2 |C34-38S K44-47|ahs  |    |la estación Envigado; Viva Envigado
Alcalá           |6.166 -75.593|4  |5.7 |C44-48S K42-45|ah   |    |el Polideportivo Sur
Centro           |6.169 -75.587|4  |5.6 |C37-40S K40-43|asocb|    |el parque principal; Santa Gertrudis
El Dorado        |6.162 -75.588|3  |5.1 |C40-45S K37-40|ahcb |    |el Polideportivo Sur
Las Vegas        |6.175 -75.595|3-4|4.6 |C30-36S K47-49|wco  |    |la avenida Las Vegas; la estación Ayurá
Vereda Pantanillo|6.127 -75.518|4  |0.17|km 2-8        |fl   |    |la vía Las Palmas

Dosquebradas|4.839 -75.673|mild
Santa Mónica        |4.831 -75.679|4|3.4 |C18-24 K18-22|ahcs|1980|el Centro Comercial Único
Los Molinos         |4.825 -75.683|4|3.3 |C8-13 K20-24 |aho |1985|el viaducto César Gaviria Trujillo
La Pradera          |4.837 -75.672|4|3.0 |mz 1-26      |h   |1980|el CAM
Guadalupe           |4.840 -75.676|3|2.7 |C36-42 K15-18|ahcb|    |la avenida Simón Bolívar
Los Guamos          |4.835 -75.680|3|2.6 |C22-28 K20-24|ahb |    |
La Badea            |4.824 -75.689|3|2.4 |C1-7 K8-13   |wco |    |el viaducto César Gaviria Trujillo
La Romelia          |4.862 -75.657|3|2.1 |C70-78 K15-18|wcl |    |la avenida Simón Bolívar
Vereda Alto del Toro|4.861 -75.686|3|0.07|km 2-6       |fl  |    |

Armenia|4.5389 -75.6751|mild
La Castellana     |4.555 -75.660|5-6|4.3 |C10-15N K13-15|asoc |    |la avenida Bolívar; el Parque de la Vida
Laureles          |4.560 -75.658|5-6|4.2 |C16-21N K14-18|ahs  |    |la avenida Bolívar
Mercedes del Norte|4.568 -75.656|4  |3.7 |C23-30N K17-20|ah   |1982|la avenida Bolívar
Nueva Cecilia     |4.548 -75.661|4  |3.4 |C1-5N K17-20  |ah   |1982|
Centro            |4.534 -75.675|3  |2.9 |C14-22 K13-18 |asocb|    |la Plaza de Bolívar; el Parque Sucre
La Isabela        |4.514 -75.688|2-3|2.3 |mz 1-38       |h    |1990|
El Caimo          |4.480 -75.712|3  |1.8 |km 3-7        |wl   |    |el aeropuerto El Edén
Vereda Murillo    |4.502 -75.718|3  |0.10|km 2-7        |fl   |    |la vía a La Tebaida
`;

export const DEMO_CITIES: readonly DemoCity[] = CITIES.trim().split('\n\n').map(parseCity);

function cellsOf(row: string): string[] {
  return row.split('|').map((cell) => cell.trim());
}

function parseCity(table: string): DemoCity {
  const [header = '', ...rows] = table.split('\n');
  const [name = '', position = '', climate] = cellsOf(header);
  const [latitude = NaN, longitude = NaN] = position.split(' ').map(Number);
  return { name, latitude, longitude, isHot: climate === 'hot', places: rows.map(parsePlace) };
}

function parsePlace(row: string): DemoPlace {
  const [name = '', position = '', strata = '', price = '', streets = '', types = '', notes = '', near = ''] =
    cellsOf(row);
  const [latitude = NaN, longitude = NaN] = position.split(' ').map(Number);
  const rural = types.includes('f');
  return {
    name,
    latitude,
    longitude,
    radius: Number(/±(\d+)/.exec(notes)?.[1] ?? (rural ? 900 : 400)),
    strata: parseRange(strata),
    pricePerM2: Number(price),
    streets: parseStreets(streets, name),
    types,
    landmarks: near === '' ? [] : near.split('; '),
    since: Number(/\b\d{4}\b/.exec(notes)?.[0] ?? 1965),
    rural,
  };
}

function parseStreets(text: string, place: string): Streets {
  if (text.startsWith('mz ')) return { kind: 'blocks', blocks: parseRange(text.slice(3)) };
  if (text.startsWith('km ')) {
    const name = /^(Vereda|Anillo)/.test(place) ? place : `Vía a ${place}`;
    return { kind: 'road', name, km: parseRange(text.slice(3)) };
  }
  const grid = /^C([\d-]+)([NSO]?) ([KA])([\d-]+)(N?)$/.exec(text);
  if (!grid) throw new SyntaxError(`Streets of ${place}: ${text}`);
  const [, calles = '', calleSide = '', letter, carreras = '', carreraSide = ''] = grid;
  return {
    kind: 'grid',
    calles: parseRange(calles),
    calleSide,
    carreras: parseRange(carreras),
    carreraSide,
    avenidas: letter === 'A',
  };
}

export function parseRange(text: string): Range {
  const [min = NaN, max = min] = text.split('-').map(Number);
  return [min, max];
}
