import { spawn } from 'node:child_process';

// Blocks until its input closes, which the kernel does when the parent dies, however it dies; then asks, waits 20 s, kills the group.
const SCRIPT = `read -r _
kill -"$2" "$1" 2>/dev/null || exit 0
i=0
while [ $i -lt 100 ] && kill -0 "$1" 2>/dev/null; do sleep 0.2; i=$((i+1)); done
kill -KILL -- "-$1" 2>/dev/null
exit 0`;

/**
 * Ends process `pid`, leader of its group, when this process dies. Returns how to send the watchdog home, which must be done when the
 * process has ended: its pid may be given to another. Costs one sleeping sh(1). Where there is no shell, nothing watches.
 */
export function watch(pid: number, signal: NodeJS.Signals): () => void {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'hera-watchdog', String(pid), signal.replace(/^SIG/, '')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  return () => watchdog.kill('SIGKILL');
}
