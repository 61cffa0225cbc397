export type CodeEntry = Readonly<{ title: string }>;
export const codes: Readonly<Record<string, CodeEntry>> = {};
