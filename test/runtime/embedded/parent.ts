// A parent to be killed: opens the state directory of its argument, starts both servers in it, says what it started, and waits.
import { openStateDir, startEmbedded } from '../../../runtime/embedded/index.js';

const stateDir = await openStateDir(process.argv[2] ?? '');
stateDir.announce({ url: 'http://127.0.0.1:1' });
const { databaseUrl, temporalAddress } = await startEmbedded({ stateDir, env: process.env, progress: () => {} });
process.stdout.write(`${JSON.stringify({ databaseUrl, temporalAddress, children: stateDir.children.read() })}\n`);
