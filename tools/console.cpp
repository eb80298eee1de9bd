#include "tools/console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "env/output_file.h"
#include "env/printable.h"

namespace flyball {

namespace {

// The process has one stdout, and so one state of it.
struct Report {
  std::FILE* stream = stdout;
  int error = 0;  // of the first write that failed
};

Report& report() {
  static Report report;
  return report;
}

bool& remarks_may_wait() {
  static bool may_wait = true;
  return may_wait;
}

bool write_text(std::FILE* stream, const std::string& text) {
  const std::string harmless = printable(text);
  return std::fwrite(harmless.data(), 1, harmless.size(), stream) == harmless.size();
}

}  // namespace

void prepare_standard_streams() {
  // Opened the wrong way round, so that using what was closed goes on being an error.
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(number, F_GETFD) >= 0) continue;
    open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest: `number`
  }
  signal(SIGPIPE, SIG_IGN);
}

void keep_stdout_for(const std::filesystem::path& output) {
  if (is_standard_output(output)) report().stream = stderr;
}

void drop_remarks_rather_than_wait() { remarks_may_wait() = false; }

void write_report(const std::string& text) {
  Report& to = report();
  if (!write_text(to.stream, text) && to.stream == stdout && to.error == 0) to.error = errno;
}

void write_remark(const std::string& text) {
  std::fflush(stdout);  // on a terminal both are read together
  if (remarks_may_wait() || takes_more(STDERR_FILENO)) write_text(stderr, text);
}

std::optional<std::string> stdout_failure() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  int error = report().error;
  if (error == 0 && !flushed) error = errno;
  if (error == 0 && std::ferror(stdout) != 0) error = EIO;
  if (error == 0) return std::nullopt;
  return std::generic_category().message(error);
}

bool stdout_reader_is_gone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace flyball
