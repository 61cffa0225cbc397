'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';

const SHOWN_MS = 1500;

/** A command to type, with a button that copies it. */
export function Command({ text }: Readonly<{ text: string }>) {
  return (
    <div className="flex max-w-full items-center gap-2 rounded-control border border-line bg-panel py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 overflow-x-auto whitespace-pre text-left font-mono text-sm">{text}</code>
      <CopyButton text={text} />
    </div>
  );
}

export function CopyButton({ text }: Readonly<{ text: string }>) {
  const t = useTranslations('part');
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  const label = copied ? t('copied') : t('copy');
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={label}
      title={label}
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-control text-muted hover:text-text"
    >
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </button>
  );
}
