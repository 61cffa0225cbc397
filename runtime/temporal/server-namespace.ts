import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** Hera's search attributes: set when a workflow starts, never changed; always plain text. */
export const SEARCH_ATTRIBUTES = {
  HeraProject: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  HeraJob: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  HeraTrigger: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  HeraTeam: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  HeraMachineGroup: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  HeraPeriod: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;

export type NamespaceSpec = Readonly<{
  namespace: string;
  /** How long closed workflows are kept, at least; the server's floor is 24 h for a local namespace. */
  retentionHours: number;
}>;

/** Long enough to find after a weekend what a workflow told. */
export const RETENTION_HOURS = 72;

const CALL_MS = 10_000;
const ALREADY_EXISTS = 6;

/** Makes the namespace if it is missing. Registered twice, it stays as it is. The server may need a moment to know it everywhere. */
export async function registerNamespace(connection: Connection, spec: NamespaceSpec): Promise<void> {
  try {
    await timed(connection, () =>
      connection.workflowService.registerNamespace({
        namespace: spec.namespace,
        workflowExecutionRetentionPeriod: hours(spec.retentionHours),
      }),
    );
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS)) throw error;
  }
}

/**
 * Brings an existing namespace to Hera's needs: a retention of at least that, and the search attributes that are missing. Changes nothing
 * when all is there. Rejects with the server's error while the namespace is not known yet.
 */
export async function prepareNamespace(connection: Connection, spec: NamespaceSpec): Promise<void> {
  const { namespace } = spec;
  const found = await timed(connection, () => connection.workflowService.describeNamespace({ namespace }));
  const retention = Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (retention < spec.retentionHours * 3600)
    await timed(connection, () =>
      connection.workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: hours(spec.retentionHours) },
      }),
    );
  const known = await timed(connection, () => connection.operatorService.listSearchAttributes({ namespace }));
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in (known.customAttributes ?? {})));
  if (missing.length > 0)
    await timed(connection, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) }),
    );
}

const hours = (count: number) => msToTs(count * 3_600_000);

/** The client's calls have no deadline of their own. */
const timed = <T>(connection: Connection, call: () => Promise<T>): Promise<T> =>
  connection.withDeadline(Date.now() + CALL_MS, call);
