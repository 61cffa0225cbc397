import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { CommitInfo, DeployRequest, Origin, Tree } from '../control/control.js';
import { forbidden, invalid } from '../errors.js';
import { BUNDLE_MOST_BYTES } from '../git/bundle.js';
import { parseCommit } from '../git/commit.js';
import type { Repository } from '../git/repository.js';
import type { ApiEnv } from './guard.js';
import type { Parts } from './route.js';

// A commit comes to the server as the body of a request: a git bundle, kept in the project's own repository.

/** The body of a request that brings a commit. */
export const bundleBody = {
  required: false,
  description: 'A git bundle that carries the commit as refs/hera/<commit>; empty when the server has it already',
  content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
};

export const bundleLimit = bodyLimit({
  maxSize: BUNDLE_MOST_BYTES,
  onError: () => {
    throw invalid(`a bundle has at most ${BUNDLE_MOST_BYTES} bytes`);
  },
});

/** A commit that the server now has, read and ready to be planned or applied. */
export type Received = Readonly<{
  tree: Tree;
  info: CommitInfo;
  repository: Repository;
  origin: Origin;
  renamedSince: NonNullable<DeployRequest['renamedSince']>;
  changedSince: NonNullable<DeployRequest['changedSince']>;
}>;

export type Sent = Readonly<{
  project: string;
  commit: string;
  under?: string | undefined;
  branch?: string | undefined;
  dirty?: boolean | undefined;
}>;

/** Takes the commit of a request. Throws `conflict` with `details.missing` when the server lacks it and the body does not bring it. */
export async function receiveCommit(parts: Parts, c: Context<ApiEnv>, sent: Sent): Promise<Received> {
  const commit = parseCommit(sent.commit);
  const dirty = sent.dirty ?? false;
  if (dirty && !parts.allowDirty)
    throw forbidden('this server deploys commits only, no working tree', {
      help: 'commit, then apply without --dirty',
    });
  const repository = await parts.repositories.of(sent.project);
  await repository.importBundle(commit, new Uint8Array(await c.req.arrayBuffer()));
  return {
    repository,
    tree: await repository.tree(commit, sent.under),
    info: { ...(await repository.info(commit)), dirty },
    renamedSince: async (before) =>
      (await repository.has(before)) ? repository.renamedFiles(before, commit, sent.under ?? '') : [],
    changedSince: async (before) =>
      (await repository.has(before)) ? repository.changedFiles(before, commit, sent.under ?? '') : [],
    origin: {
      branch: sent.branch ?? null,
      under: sent.under ?? '',
      isDescendantOf: (ancestor, descendant = commit) => repository.isAncestor(ancestor, descendant),
    },
  };
}
