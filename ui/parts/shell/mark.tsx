/** Hera's mark: three ticks, the last one taken. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" className="shrink-0">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <path d="M7 17v-4M12 17v-7M17 17V7" stroke="var(--on-accent)" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  );
}
