// An estate with every form of need, made in memory, the same every time: marts of twenty jobs, of which each has a few sources by the day or hour
// and the others await them, themselves, and each other, over days, weeks and months.

const run = 'run: { shell: "true" }\n';
const IN_A_MART = 20;

/** What the nth job of a mart says beside `run`. */
const JOBS: readonly ((mart: number) => string)[] = [
  (mart) => `schedule: "${mart % 60} ${mart % 5} * * *"\n`,
  (mart) => (mart % 5 === 0 ? `schedule: "${mart % 60} * * * *"\n` : `schedule: "${mart % 60} 1,13 * * *"\n`),
  () => 'needs: [./j0, { self: previous }]\n',
  (mart) => `schedule: "${mart % 60} 3 * * *"\nneeds: [{ job: ./j1, periods: all }, ./j2]\n`,
  (mart) => `schedule: "${mart % 60} 4 * * mon"\nneeds: [{ job: ./j3, periods: all }]\n`,
  () => 'needs: [./j3, { job: ./j0, last: 3 }]\n',
  () => 'needs: [./j2, { job: ./j1, periods: nearest }]\n',
  (mart) => `schedule: "${mart % 60} 6 1 * *"\nneeds: [{ job: ./j5, last: 1, unit: month }]\n`,
  (mart) => `schedule: "${mart % 60} 5 * * mon-fri"\nneeds: [{ job: ./j5, offset: -1, unit: day }]\n`,
  () => 'needs: [./j5, ./j6]\noverlap: allow\n',
  (mart) => `schedule: "0 ${mart % 60} 2 L * ?"\nneeds: [{ job: ./j9, periods: last }]\n`,
  (mart) => `schedule: { cron: "${mart % 60} 1 * * *", zone: America/New_York }\nneeds: [./j9]\n`,
  (mart) => `needs: [./j9${mart > 0 ? `, { job: ../m${mart - 1}/j12, offset: -1 }` : ''}]\nbase: ./j9\n`,
];

/** The files of at least `jobs` jobs. */
export function monthEstate(jobs: number): ReadonlyMap<string, string> {
  const files = new Map([['hera.project.yaml', 'name: shop\nzone: Asia/Shanghai\n']]);
  for (let i = 0; i < jobs; i++) {
    const [mart, place] = [Math.floor(i / IN_A_MART), i % IN_A_MART];
    const text = JOBS[place]?.(mart) ?? `needs: [./j${place - 1}, ./j5]\n`;
    files.set(`m${mart}/j${place}.yaml`, text + run);
  }
  return files;
}
