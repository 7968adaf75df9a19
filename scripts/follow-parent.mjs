// Preloaded by scripts/bootstrap.mjs: ends this process when the one that started it is gone without a signal.
if (process.channel) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
