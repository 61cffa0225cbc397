import clsx from 'clsx';
import Link from 'next/link';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

const buttonLook = {
  primary: 'border-accent bg-accent text-on-accent hover:brightness-110',
  plain: 'border-control bg-bg text-text hover:bg-panel',
  danger: 'border-failed bg-bg text-text hover:bg-panel',
  quiet: 'border-transparent bg-transparent text-text hover:bg-panel',
} as const;

type ButtonLook = keyof typeof buttonLook;

export const buttonClass = (look: ButtonLook = 'plain'): string =>
  clsx(
    'inline-flex h-8 items-center justify-center gap-1.5 rounded-control border px-3 font-medium whitespace-nowrap max-md:h-9',
    'transition-colors duration-100 disabled:opacity-50',
    buttonLook[look],
  );

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & Readonly<{ look?: ButtonLook }>;

export function Button({ look = 'plain', className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={clsx(buttonClass(look), className)} {...rest} />;
}

/** A part of a page with a heading and, at its right, what can be done with it. */
export function Panel(props: Readonly<{ title: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean }>) {
  return (
    <section className="min-w-0 rounded-control border border-line bg-bg">
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-line border-b px-4 py-1.5">
        <h2 className="text-base">{props.title}</h2>
        {props.aside}
      </header>
      <div className={props.flush ? 'overflow-x-auto' : 'px-4 py-3'}>{props.children}</div>
    </section>
  );
}

/** Pairs of a name and a value, in as many columns as fit. */
export function Facts({ children, narrow }: Readonly<{ children: ReactNode; narrow?: boolean }>) {
  return (
    <dl
      className={clsx(
        'grid gap-x-6 gap-y-3',
        narrow
          ? 'grid-cols-1 gap-y-2'
          : 'grid-cols-2 md:grid-cols-3 xl:grid-cols-4 max-[420px]:grid-cols-1 max-[420px]:gap-y-2',
      )}
    >
      {children}
    </dl>
  );
}

export function Fact({ name, children, inline }: Readonly<{ name: string; children: ReactNode; inline?: boolean }>) {
  return (
    <div
      className={
        inline
          ? 'grid grid-cols-[112px_minmax(0,1fr)] gap-3'
          : 'min-w-0 max-[420px]:grid max-[420px]:grid-cols-[96px_minmax(0,1fr)] max-[420px]:gap-3'
      }
    >
      <dt className={clsx('text-muted', !inline && 'text-sm max-[420px]:text-base')}>{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </div>
  );
}

export const linkClass = 'text-accent underline-offset-2 hover:underline';

export function TextLink({
  href,
  children,
  className,
}: Readonly<{ href: string; children: ReactNode; className?: string }>) {
  return (
    <Link href={href} prefetch={false} className={clsx(linkClass, className)}>
      {children}
    </Link>
  );
}

/** The top of a page: its heading, what belongs to it, and its actions. */
export function PageHead({
  title,
  children,
  aside,
}: Readonly<{ title: ReactNode; children?: ReactNode; aside?: ReactNode }>) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-4 pt-4 pb-3 md:px-6 md:pt-5">
      <div className="min-w-0">
        <h1 className="break-words text-xl">{title}</h1>
        {children}
      </div>
      {aside && <div className="flex flex-wrap items-center gap-2">{aside}</div>}
    </header>
  );
}
