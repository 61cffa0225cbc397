import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Problem } from '@/data/shapes';
import { Command, CopyButton } from './command';

type EmptyProps = Readonly<{
  title: string;
  why: string;
  commands?: readonly string[];
  /** Below a page's own heading; else its title is the page's heading. */
  within?: boolean;
  children?: ReactNode;
}>;

/** Nothing to show: why, and what to do about it. No drawings. */
export function Empty(props: EmptyProps) {
  const Heading = props.within ? 'h2' : 'h1';
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-14 text-center">
      <Heading className="text-lg">{props.title}</Heading>
      <p className="text-muted">{props.why}</p>
      {props.commands && props.commands.length > 0 && (
        <div className="flex w-full flex-col gap-2">
          {props.commands.map((command) => (
            <Command key={command} text={command} />
          ))}
        </div>
      )}
      {props.children}
    </div>
  );
}

/** What went wrong in this part of the page: in words, with the API's own message, its code and request id to copy. */
export function ProblemNote({ problem, children }: Readonly<{ problem: Problem; children?: ReactNode }>) {
  const t = useTranslations('problem');
  const id = problem.requestId;
  return (
    <div role="alert" className="mx-4 my-4 rounded-control border border-failed px-4 py-3 md:mx-6">
      <h1 className="text-base">{t(`title.${problem.code}`)}</h1>
      <p className="mt-1 break-words">{problem.message}</p>
      {problem.help && <p className="mt-1 break-words text-muted">{problem.help}</p>}
      <div className="mt-2 flex flex-wrap items-center gap-3 text-muted text-sm">
        <span>
          {t('code')} <code className="font-mono">{problem.code}</code>
        </span>
        {id && (
          <span className="inline-flex items-center gap-1">
            {t('request')} <code className="font-mono">{id}</code> <CopyButton text={id} />
          </span>
        )}
        {children}
      </div>
    </div>
  );
}
