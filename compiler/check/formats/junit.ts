import type { Diagnostic } from '../diagnostic.js';
import { spelledOut } from '../spelling.js';
import { type Checked, placeName, remarks, repositoryPath, verdict } from './checked.js';

/**
 * JUnit's XML, for every build server that shows tests: a suite for each file that is named, a failed test for each error; warnings and notes
 * are tests that pass and say something. The last suite says whether the whole compiles, so that there is always a test.
 */
export function junitFormat(checked: Checked): string {
  const byFile = new Map<string, Diagnostic[]>();
  for (const one of checked.diagnostics) {
    const name = one.file === null ? 'the project' : spelledOut(repositoryPath(checked, one.file));
    byFile.set(name, [...(byFile.get(name) ?? []), one]);
  }
  const suites = [...byFile].map(([name, found]) => suite(name, found, checked));
  const failures = checked.diagnostics.filter(isError).length;
  const count = checked.diagnostics.length + 1;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hera validate" tests="${count}" failures="${failures + (checked.project ? 0 : 1)}" errors="0">`,
    ...suites,
    whole(checked),
    '</testsuites>',
    '',
  ].join('\n');
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

function suite(name: string, found: readonly Diagnostic[], checked: Checked): string {
  const failures = found.filter(isError).length;
  return [
    `  <testsuite name="${attribute(name)}" tests="${found.length}" failures="${failures}" errors="0">`,
    ...found.map((one) => testcase(name, one, checked)),
    '  </testsuite>',
  ].join('\n');
}

function testcase(suite: string, one: Diagnostic, checked: Checked): string {
  const place = placeName(one.file === null ? null : repositoryPath(checked, one.file), one);
  const title = `${one.code}${one.line === null ? '' : ` at ${one.line}:${one.column}`}: ${one.message}`;
  const said = [...(place === '' ? [] : [place]), ...remarks(one, (file) => repositoryPath(checked, file))].join('\n');
  const body = isError(one)
    ? `      <failure type="${one.code}" message="${attribute(one.message)}">${content(said)}</failure>`
    : `      <system-out>${content([`${one.severity}: ${one.message}`, said].join('\n'))}</system-out>`;
  return [
    `    <testcase classname="${attribute(suite)}" name="${attribute(title)}" time="0">`,
    body,
    '    </testcase>',
  ].join('\n');
}

function whole(checked: Checked): string {
  const failed = checked.project === null;
  const said = content(verdict(checked));
  return [
    `  <testsuite name="hera validate" tests="1" failures="${failed ? 1 : 0}" errors="0">`,
    '    <testcase classname="hera validate" name="the project compiles" time="0">',
    failed
      ? `      <failure message="it does not compile">${said}</failure>`
      : `      <system-out>${said}</system-out>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n');
}

/** Letters that XML 1.0 cannot hold in any spelling become the replacement character. */
const content = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
const attribute = (text: string): string =>
  content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\r', '&#13;').replaceAll('\t', '&#9;');
