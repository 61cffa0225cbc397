/** Files of an example, by path. */
export type Example = Readonly<Record<string, string>>;

/** One code: what it says, why it is an error, and an example that gives it and, mended, gives none. */
export type CodeEntry = Readonly<{ title: string; explanation: string; failing: Example; repaired: Example }>;

/** The smallest project. */
export const PROJECT: Example = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n' };

/** An example of one YAML job beside the smallest project. */
export const job = (text: string, others: Example = {}): Example => ({ ...PROJECT, 'report.yaml': text, ...others });

/** An example of one TypeScript job beside the smallest project. */
export const script = (text: string, others: Example = {}): Example => ({ ...PROJECT, 'report.ts': text, ...others });

export const RUN = 'run: { shell: "true" }\n';
export const DAILY = `schedule: "30 2 * * *"\n${RUN}`;
