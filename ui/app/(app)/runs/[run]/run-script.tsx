import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { fetchOrThrow } from '@/data/browser-api';
import { api } from '@/data/paths';
import type { Preview, RunDetail } from '@/data/shapes';
import { marked } from '@/look/marked';
import { Button, Panel } from '@/parts/surface';

/** The script as an attempt had it, or as the first one would; read when somebody wants to see it. */
export function RunScript({ run, asked }: Readonly<{ run: RunDetail; asked: number | null }>) {
  const t = useTranslations('run');
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const attempt = run.attempts.find(({ n }) => n === asked)?.n ?? run.attempts.at(-1)?.n ?? null;
  const { data, error } = useQuery({
    queryKey: ['preview', run.run, attempt],
    queryFn: () => fetchOrThrow<Preview>(api.preview(run.run, attempt)),
    enabled: isOpen,
  });
  return (
    <Panel
      title={attempt === null ? t('scriptNext') : t('scriptOf', { n: attempt })}
      aside={
        <Button look="quiet" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t('scriptHide') : t('scriptShow')}
        </Button>
      }
    >
      <div id={id}>
        {!isOpen && <p className="text-muted">{t('scriptAbout')}</p>}
        {isOpen && error && <p role="alert">{error.message}</p>}
        {isOpen && data && <Texts preview={data} />}
      </div>
    </Panel>
  );
}

function Texts({ preview }: Readonly<{ preview: Preview }>) {
  const t = useTranslations('run');
  const { command, script, args, env, later, left, masked, faults, realTime } = preview;
  return (
    <>
      {faults.map((fault) => (
        <p key={fault} role="alert" className="mb-2 break-words">
          {t('scriptFault', { fault })}
        </p>
      ))}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus */}
      <pre tabIndex={0} className="max-h-96 overflow-auto font-mono text-sm leading-[18px]">
        <Marked text={script} marks={realTime.filter((mark) => mark.in === 'script')} />
      </pre>
      <dl className="mt-3 flex flex-col gap-1 text-sm">
        <Row name={t('scriptCommand')} values={command === null ? [] : [command.text]} />
        <Row name={t('scriptArgs')} values={args} />
        <Row name={t('scriptEnv')} values={Object.entries(env).map(([name, value]) => `${name}=${value}`)} />
        <Row name={t('scriptLater')} values={later} />
        <Row name={t('scriptLeft')} values={left} />
        <Row name={t('scriptMasked')} values={masked} />
      </dl>
      {realTime.length > 0 && <p className="mt-2 text-muted text-sm">{t('scriptRealTime')}</p>}
    </>
  );
}

function Marked({ text, marks }: Readonly<{ text: string; marks: Preview['realTime'] }>) {
  return marked(text, marks).map((part) =>
    part.isMarked ? (
      <mark key={part.offset} className="bg-panel text-text underline decoration-dotted">
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}

function Row({ name, values }: Readonly<{ name: string; values: readonly string[] }>) {
  if (values.length === 0) return null;
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      {values.map((value, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments may be equal, and never move
        <dd key={i} className="break-all font-mono">
          {value}
        </dd>
      ))}
    </div>
  );
}
