import { conflict } from '../errors.js';
import { type TemporalClient, within } from './connection.js';

const KEY = 'hera-installation';

/**
 * Binds a namespace to an installation (its id in the database): the first start writes it there. Throws `conflict` when the
 * namespace bears another installation's id: two of them would run each other's work.
 */
export async function claimNamespace(id: string, temporal: TemporalClient): Promise<void> {
  const { namespace } = temporal;
  const service = temporal.connection.workflowService;
  const found = await within(temporal, () => service.describeNamespace({ namespace }));
  const owner = found.namespaceInfo?.data?.[KEY];
  if (owner !== undefined && owner !== null && owner !== id)
    throw conflict(`the Temporal namespace ${namespace} belongs to another installation of Hera (${owner})`, {
      help: 'give this one a namespace of its own (TEMPORAL_NAMESPACE), or point it at the database it was made with',
    });
  if (owner !== id)
    await within(temporal, () =>
      service.updateNamespace({ namespace, updateInfo: { data: { ...found.namespaceInfo?.data, [KEY]: id } } }),
    );
}
