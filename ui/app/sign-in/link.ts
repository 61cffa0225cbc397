/** The one-time secret in what was pasted or opened: `…/sign-in#<secret>`, `?link=<secret>`, or the secret itself; empty if none. */
export function linkSecret(text: string): string {
  const trimmed = text.trim();
  const hash = trimmed.split('#')[1];
  const query = /[?&]link=([^&#]+)/.exec(trimmed)?.[1];
  const found = query !== undefined ? decodeURIComponent(query) : (hash ?? (trimmed.includes('/') ? '' : trimmed));
  return /^[A-Za-z0-9_.~-]{1,300}$/.test(found) ? found : '';
}

/** Where to go after signing in: only to a page of ours, never to another site. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/jobs';
}
