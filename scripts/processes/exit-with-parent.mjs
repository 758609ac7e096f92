// Preloaded into every process that run-node.mjs starts. The IPC channel closes when the parent ends, even by SIGKILL; the
// process then ends, too. The check excludes grandchildren that inherit the option, such as Jest workers.
if (process.env.EXIT_WITH_PARENT === String(process.ppid) && process.channel) {
  process.once('disconnect', () => {
    process.kill(-process.pid, 'SIGTERM');
    setTimeout(() => process.kill(-process.pid, 'SIGKILL'), 30_000).unref();
  });
  process.channel.unref();
}
