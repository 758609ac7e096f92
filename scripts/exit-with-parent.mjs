// Preloaded into what run-node.mjs starts: the channel to our parent closes when that ends, even by SIGKILL.
// The check leaves alone our own children that inherit the option, such as Jest's workers.
if (process.env.EXIT_WITH_PARENT === String(process.ppid) && process.channel) {
  process.once('disconnect', () => {
    process.kill(-process.pid, 'SIGTERM');
    setTimeout(() => process.kill(-process.pid, 'SIGKILL'), 30_000).unref();
  });
  process.channel.unref();
}
