import type { CityTable } from './demo-types.js';

// demo-places-large.ts explains the columns.

const BUCARAMANGA = `
Cabecera del Llano  |7.117 -73.109|5-6|5.1 |C44-56 K33-38  |ahsoc|    |el Parque San Pío; la carrera 33
Sotomayor           |7.115 -73.115|4-5|4.6 |C42-51 K24-29  |ahso |    |la avenida González Valencia
El Prado            |7.123 -73.112|4-5|4.5 |C33-37 K33-37  |ah   |    |la carrera 33
Mejoras Públicas    |7.123 -73.115|4-5|4.4 |C36-41 K28-32  |aoc  |    |la carrera 27
Pan de Azúcar       |7.110 -73.103|6  |5.3 |C54-62 K39-44  |ah   |    |
San Alonso          |7.129 -73.116|4  |4.0 |C14-21 K27-32  |ahsc |    |el estadio Américo Montanini; la UIS
La Universidad      |7.136 -73.122|3-4|3.8 |C9-14 K24-27   |asc  |    |la UIS
Real de Minas       |7.106 -73.126|3-4|3.8 |C55-61 K8-17   |ahc  |1982|el Centro Comercial Acrópolis
Provenza            |7.088 -73.112|4  |3.7 |C104-115 K21-25|ahcb |    |la autopista a Floridablanca
Diamante II         |7.094 -73.113|4  |3.6 |C86-93 K23-27  |ah   |1980|la autopista a Floridablanca
La Joya             |7.120 -73.136|3  |2.8 |C35-41 K4-8    |ahl  |    |
San Francisco       |7.131 -73.124|3  |3.0 |C11-20 K21-25  |hcwb |    |la carrera 21
Centro              |7.119 -73.126|3  |3.0 |C33-41 K11-19  |asocb|    |el Parque Santander
Chimitá             |7.101 -73.160|3  |2.1 |km 1-4         |wl   |    |el anillo vial
Vereda Retiro Grande|7.130 -73.083|2  |0.05|km 1-6         |fl   |    |la vía a Cúcuta
`;

const PEREIRA = `
Pinares           |4.801 -75.681|5-6|4.9 |C5-11 K14-19 |ahs   |    |la avenida Circunvalar
Los Alpes         |4.803 -75.688|5  |4.5 |C10-16 K13-16|asoc  |    |la avenida Circunvalar
Álamos            |4.797 -75.689|5  |4.4 |C13-16 K21-25|ah    |    |la Universidad Tecnológica de Pereira
La Julita         |4.795 -75.692|4  |3.8 |C14-18 K26-28|as    |    |la Universidad Tecnológica de Pereira
Maraya            |4.809 -75.704|4-5|3.8 |C40-46 K8-13 |ah    |    |la avenida 30 de Agosto
Belmonte          |4.803 -75.739|4  |3.8 |C80-88 K26-34|ahc   |1985|la avenida 30 de Agosto
Cerritos          |4.795 -75.790|5-6|4.8 |km 4-9       |hla   |1995|el Parque Ukumarí
Centro            |4.814 -75.695|3-4|3.3 |C14-25 K5-10 |asocb |    |la Plaza de Bolívar; el lago Uribe Uribe
Cuba              |4.799 -75.731|2-3|2.7 |C68-74 K24-30|ahclbw|    |el intercambiador de Cuba
Villa Verde       |4.781 -75.701|3  |2.7 |mz 1-28      |hl    |1998|
Corales           |4.796 -75.744|3-4|3.0 |mz 1-34      |h     |1985|
Vereda Combia Baja|4.848 -75.748|3  |0.10|km 2-8       |fl    |    |la vía a Marsella
Vereda La Florida |4.766 -75.612|3  |0.07|km 9-12      |fl    |    |el río Otún
`;

const MANIZALES = `
El Cable       |5.057 -75.488|5-6|4.7 |C60-66 K22-24 |asoc ||la Torre de El Cable; Cable Plaza
Palermo        |5.053 -75.495|5-6|4.3 |C64-70 K25-29 |ah   ||la Universidad de Caldas
La Estrella    |5.058 -75.485|5-6|4.4 |C59-65 K24-26 |ahc  ||Cable Plaza
Milán          |5.050 -75.483|5-6|4.5 |C74-80 K22-24 |ahc  ||la avenida Alberto Mendoza
Laureles       |5.050 -75.491|5  |4.1 |C65-70 K28-32 |ahs  ||la Universidad de Caldas; la avenida Paralela
San Jorge      |5.060 -75.505|4  |3.2 |C45-50 K28-32 |ah   ||la avenida Paralela
Chipre         |5.074 -75.526|3-4|3.3 |C8-14 K20-24  |ahcb ||el mirador de Chipre; Los Colonizadores
Villa Pilar    |5.076 -75.531|3-4|3.0 |C8-14 K26-30  |ah   ||el mirador de Chipre
La Sultana     |5.060 -75.478|4  |3.0 |C64-69 K8-11  |ah   ||
La Enea        |5.030 -75.465|3  |2.9 |C98-107 K32-37|ahl  ||el aeropuerto La Nubia
Centro         |5.069 -75.517|3-4|2.9 |C18-29 K20-25 |asocb||la Catedral Basílica; la Plaza de Bolívar
Maltería       |5.037 -75.436|3  |2.0 |km 9-12       |wl   ||la zona industrial Juanchito
Vereda La Linda|5.086 -75.544|2  |0.06|km 1-5        |fl   ||
`;

const SANTA_MARTA = `
El Rodadero     |11.204 -74.225|4-6|6.2 |C6-14 K1-4   |asoc |±180     |la playa de El Rodadero
Playa Salguero  |11.187 -74.229|4-5|5.9 |C19-26 K1-3  |as   |1995 ±120|la playa; El Rodadero
Pozos Colorados |11.163 -74.225|5-6|6.4 |C104-113 K1-4|a    |2000 ±150|la playa de Pozos Colorados
Bello Horizonte |11.150 -74.224|5-6|6.5 |C115-127 K1-4|ah   |1998 ±150|la playa; el Centro Comercial Zazué
Centro Histórico|11.244 -74.211|3-4|4.8 |C12-22 K2-5  |ahocb|1935 ±200|el Parque de los Novios; la Marina
Bavaria         |11.235 -74.201|4  |4.2 |C24-28 K8-16 |ahcs |         |la avenida del Libertador
El Jardín       |11.233 -74.196|4-5|4.2 |C23-28 K18-22|ah   |         |la avenida del Libertador
Gaira           |11.191 -74.218|2-3|3.2 |C7-16 K6-12  |ahclb|±250     |El Rodadero; el río Gaira
Curinca         |11.228 -74.187|3-4|3.4 |mz 1-24      |h    |1985     |la Universidad del Magdalena
Mamatoco        |11.231 -74.170|2-3|2.9 |C29-33 K55-65|ahlwc|         |la Quinta de San Pedro; Buenavista
Taganga         |11.265 -74.189|2  |3.4 |C8-19 K1-4   |hlc  |±120     |la bahía de Taganga
Minca           |11.146 -74.121|2  |0.08|km 6-12      |fl   |         |las cascadas de Marinka
Bonda           |11.233 -74.129|2  |0.06|km 3-7       |fl   |         |la Troncal del Caribe
`;

const VILLAVICENCIO = `
El Buque        |4.133 -73.640|4-5|4.1 |C15-19 K40-46|ahso  |    |Villacentro; Primavera Urbana
Barzal          |4.146 -73.639|4-5|3.8 |C32-37 K36-41|ahsocb|    |la Clínica Meta
El Caudal       |4.149 -73.629|4-5|3.7 |C34-38 K25-28|ah    |    |Unicentro
Rosablanca      |4.120 -73.620|3-4|3.4 |C4-8 K43-48  |a     |2008|Viva Villavicencio
La Esperanza    |4.129 -73.626|3-4|3.0 |C10-15 K35-40|ahcb  |    |Viva Villavicencio
Hacaritama      |4.125 -73.632|4  |3.5 |mz 1-18      |h     |1985|Viva Villavicencio
Siete de Agosto |4.137 -73.627|3  |2.8 |C24-28 K30-37|ahc   |    |
Centro          |4.153 -73.636|3  |3.0 |C37-41 K28-33|aocb  |    |el Parque Los Libertadores
Montecarlo      |4.096 -73.652|3  |2.4 |mz 1-40      |hl    |1990|la vía a Acacías
Ciudad Porfía   |4.080 -73.665|2  |2.0 |mz 1-60      |hl    |1986|la vía a Acacías
Anillo Vial     |4.108 -73.623|3  |1.9 |km 2-8       |wl    |    |la vía a Puerto López
Vereda Apiay    |4.086 -73.566|2  |0.05|km 8-14      |fl    |    |la vía a Puerto López
Vereda Barcelona|4.076 -73.583|2  |0.06|km 9-13      |fl    |    |la Universidad de los Llanos
`;

const IBAGUE = `
El Vergel      |4.448 -75.185|5  |4.1 |C69-77 K5-9  |ah   |1995|la avenida Ambalá
Cádiz          |4.437 -75.219|4-5|3.6 |C36-41 K4-6  |ahso |    |el Hospital Federico Lleras
Piedra Pintada |4.439 -75.210|4-5|3.6 |C42-47 K4-7  |ahsc |    |Multicentro; la carrera Quinta
Interlaken     |4.439 -75.229|4-5|3.5 |C20-26 K3-6  |ah   |    |la carrera Quinta
La Pola        |4.446 -75.245|4  |3.3 |C4-9 K2-6    |ahb  |    |el Conservatorio del Tolima
Calambeo       |4.455 -75.226|4-5|3.7 |C19-25 K12-17|ah   |    |
Ambalá         |4.451 -75.208|3-4|2.9 |C58-64 K18-24|ahcl |    |la avenida Ambalá
La Samaria     |4.438 -75.178|4  |3.2 |C93-99 K5-8  |ah   |1998|
Jordán         |4.444 -75.196|3-4|3.0 |mz 1-45      |h    |1975|el Parque Deportivo
El Salado      |4.450 -75.144|2-3|2.4 |mz 1-32      |hl   |1985|
Centro         |4.443 -75.241|3-4|2.9 |C9-16 K2-5   |asocb|    |la Plaza de Bolívar; el Parque Murillo Toro
Picaleña       |4.422 -75.165|2-3|1.9 |km 1-5       |wl   |    |el aeropuerto Perales
Vereda Llanitos|4.485 -75.276|2  |0.06|km 2-7       |fl   |    |el cañón del Combeima
`;

const ENVIGADO = `
Zúñiga           |6.183 -75.576|5-6|7.9 |C20-25S K36-43|as   |    |la avenida El Poblado
Loma del Escobero|6.163 -75.568|5-6|7.5 |C36-40S K24-28|ah   |1995|City Plaza
Las Antillas     |6.175 -75.572|5  |7.2 |C30-35S K24-29|a    |1998|la Transversal Intermedia
La Magnolia      |6.174 -75.587|4-5|6.4 |C33-36S K42-44|ahsc |    |la calle de la Buena Mesa; Viva Envigado
Jardines         |6.173 -75.591|4-5|6.2 |C34-38S K44-47|ahs  |    |la estación Envigado; Viva Envigado
San Marcos       |6.172 -75.581|4  |5.9 |C35-38S K35-38|ahb  |    |el Parque San Marcos
Alcalá           |6.166 -75.593|4  |5.7 |C44-48S K42-45|ah   |    |el Polideportivo Sur
Centro           |6.169 -75.587|4  |5.6 |C37-40S K40-43|asocb|    |el parque principal; Santa Gertrudis
El Dorado        |6.162 -75.588|3  |5.1 |C40-45S K37-40|ahcb |    |el Polideportivo Sur
La Paz           |6.158 -75.595|3  |4.7 |C46-50S K41-45|ahl  |    |
Las Vegas        |6.175 -75.595|3-4|4.6 |C30-36S K47-49|wco  |    |la avenida Las Vegas; la estación Ayurá
Vereda Pantanillo|6.127 -75.518|4  |0.17|km 2-8        |fl   |    |la vía Las Palmas
`;

const DOSQUEBRADAS = `
Santa Mónica          |4.831 -75.679|4  |3.4 |C18-24 K18-22|ahcs|1980|el Centro Comercial Único
Los Molinos           |4.825 -75.683|4  |3.3 |C8-13 K20-24 |aho |1985|el viaducto César Gaviria Trujillo
Bosques de la Acuarela|4.829 -75.671|4  |3.3 |C16-20 K12-16|a   |1998|
La Pradera            |4.837 -75.672|4  |3.0 |mz 1-26      |h   |1980|el CAM
Milán                 |4.848 -75.670|4  |3.1 |C44-50 K14-18|ah  |1985|la avenida Simón Bolívar
Guadalupe             |4.840 -75.676|3  |2.7 |C36-42 K15-18|ahcb|    |la avenida Simón Bolívar
El Campestre          |4.833 -75.664|3  |2.7 |mz 1-30      |h   |1982|
Japón                 |4.844 -75.665|2-3|2.3 |mz 1-22      |hl  |1985|
Los Guamos            |4.835 -75.680|3  |2.6 |C22-28 K20-24|ahb |    |
Frailes               |4.826 -75.660|2-3|2.3 |mz 1-25      |hl  |1985|la quebrada Frailes
La Badea              |4.824 -75.689|3  |2.4 |C1-7 K8-13   |wco |    |el viaducto César Gaviria Trujillo
La Romelia            |4.862 -75.657|3  |2.1 |C70-78 K15-18|wcl |    |la avenida Simón Bolívar
Vereda Alto del Toro  |4.861 -75.686|3  |0.07|km 2-6       |fl  |    |
`;

const ARMENIA = `
La Castellana     |4.555 -75.660|5-6|4.3 |C10-15N K13-15|asoc |    |la avenida Bolívar; el Parque de la Vida
Laureles          |4.560 -75.658|5-6|4.2 |C16-21N K14-18|ahs  |    |la avenida Bolívar
Los Profesionales |4.553 -75.656|5  |4.1 |C7-12N K11-13 |ah   |    |la Universidad del Quindío
Mercedes del Norte|4.568 -75.656|4  |3.7 |C23-30N K17-20|ah   |1982|la avenida Bolívar
Alcázar           |4.542 -75.669|4  |3.5 |C2-6 K11-14   |ah   |    |el Parque Sucre
Granada           |4.543 -75.664|3-4|3.1 |C3-8 K20-23   |ahcb |    |el Parque Sucre
Nueva Cecilia     |4.548 -75.661|4  |3.4 |C1-5N K17-20  |ah   |1982|
Centro            |4.534 -75.675|3  |2.9 |C14-22 K13-18 |asocb|    |la Plaza de Bolívar; el Parque Sucre
La Isabela        |4.514 -75.688|2-3|2.3 |mz 1-38       |h    |1990|
Ciudad Dorada     |4.520 -75.690|2  |2.1 |mz 1-30       |hl   |1996|
Puerto Espejo     |4.519 -75.701|2  |2.0 |mz 1-36       |hl   |1988|
El Caimo          |4.480 -75.712|3  |1.8 |km 3-7        |wl   |    |el aeropuerto El Edén
Vereda Murillo    |4.502 -75.718|3  |0.10|km 2-7        |fl   |    |la vía a La Tebaida
`;

function city(
  [name, latitude, longitude]: readonly [string, number, number],
  climate: CityTable['climate'],
  transit: string,
  view: string,
  table: string,
): CityTable {
  return { name, latitude, longitude, climate, transit, view, table };
}

export const REGIONAL_CITY_TABLES: readonly CityTable[] = [
  city(['Bucaramanga', 7.1193, -73.1227], 'mild', 'rutas de bus', 'las montañas', BUCARAMANGA),
  city(['Pereira', 4.8087, -75.6906], 'mild', 'rutas de Megabús', 'las montañas', PEREIRA),
  city(['Manizales', 5.0689, -75.5174], 'cold', 'rutas de bus', 'las montañas', MANIZALES),
  city(['Santa Marta', 11.2208, -74.2], 'hot', 'rutas de bus', 'la Sierra Nevada', SANTA_MARTA),
  city(['Villavicencio', 4.142, -73.6266], 'hot', 'rutas de bus', 'el piedemonte', VILLAVICENCIO),
  city(['Ibagué', 4.4389, -75.2122], 'mild', 'rutas de bus', 'la cordillera', IBAGUE),
  city(['Envigado', 6.1719, -75.5857], 'mild', 'rutas integradas al metro', 'el valle de Aburrá', ENVIGADO),
  city(['Dosquebradas', 4.839, -75.673], 'mild', 'rutas de Megabús', 'las montañas', DOSQUEBRADAS),
  city(['Armenia', 4.5389, -75.6751], 'mild', 'rutas de bus', 'la cordillera', ARMENIA),
];
