import type { InputHTMLAttributes } from 'react';

/** A field of a form with its name above it. */
export function Field({
  label,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & Readonly<{ label: string; id: string }>) {
  return (
    <label htmlFor={rest.id} className="flex min-w-0 flex-col gap-1">
      <span className="text-muted text-sm">{label}</span>
      <input {...rest} className="control h-8! w-full max-md:h-9!" />
    </label>
  );
}

/** What a form asks, by the names of its fields; the empty ones are left out. */
export const valuesOf = (form: HTMLFormElement): Record<string, string> =>
  Object.fromEntries(
    [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    ),
  );
