import { type CodeEntry, DAILY, job, RUN } from './entry.js';

export const needsCodes: Readonly<Record<string, CodeEntry>> = {
  HERA2003: {
    title: 'a need that is not a job',
    explanation: 'A need names a job of this repository, from the root or relative (`./load`).',
    failing: job(`needs: [order]\n${DAILY}`, { 'orders.yaml': DAILY }),
    repaired: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
  },
  HERA2005: {
    title: 'a need that is closed',
    explanation: 'A closed job never runs, so whoever needs it would wait for ever.',
    failing: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': `enabled: false\n${DAILY}` }),
    repaired: job(`needs: [orders]\nenabled: false\n${DAILY}`, { 'orders.yaml': `enabled: false\n${DAILY}` }),
  },
  HERA2006: {
    title: 'jobs that wait for each other',
    explanation: 'None of them could ever start. The cycle begins at its smallest name; every need of it is shown.',
    failing: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': `needs: [report]\n${DAILY}` }),
    repaired: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
  },
  HERA2010: {
    title: 'a base that is not needed',
    explanation: 'A job without a schedule takes the ticks of one of its needs; `base` says of which.',
    failing: job(`needs: [orders]\nbase: clicks\n${RUN}`, { 'orders.yaml': DAILY, 'clicks.yaml': DAILY }),
    repaired: job(`needs: [orders, clicks]\nbase: clicks\n${RUN}`, { 'orders.yaml': DAILY, 'clicks.yaml': DAILY }),
  },
  HERA2011: {
    title: 'a need that never fires',
    explanation:
      'A job without schedule and without needs that fire is run by hand and has no periods by which to tell the one that is needed.',
    failing: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': RUN }),
    repaired: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
  },
  HERA2012: {
    title: 'a previous period of a job that never fires',
    explanation: 'Without a schedule, and without needs that have one, there is no period before this one.',
    failing: job(`needs: [{ self: previous }]\n${RUN}`),
    repaired: job(`needs: [{ self: previous }]\n${DAILY}`),
  },
  HERA2013: {
    title: 'a need named twice',
    explanation: 'The second adds nothing; one of them was meant to be another job.',
    failing: job(`needs: [orders, ./orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
    repaired: job(`needs: [orders]\n${DAILY}`, { 'orders.yaml': DAILY }),
  },
  HERA2014: {
    title: 'an optional need that is never waited for',
    explanation:
      'An optional need orders and never blocks. On a job that is closed, or that is none, it does nothing; the commit may be deployed all the same.',
    failing: job(`needs: [clicks, { job: orders, optional: true }]\n${DAILY}`, {
      'clicks.yaml': DAILY,
      'orders.yaml': `enabled: false\n${DAILY}`,
    }),
    repaired: job(`needs: [clicks]\n${DAILY}`, { 'clicks.yaml': DAILY, 'orders.yaml': `enabled: false\n${DAILY}` }),
  },
};
