#include "tools/jobs/spawn_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace flyball {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// How the process starts.
class Start {
 public:
  Start(const Captured& output, const Captured& remarks) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, remarks.descriptor(), STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~Start() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  pid_t run(const std::filesystem::path& program, std::vector<std::string> words) const {
    std::string name = program.filename().string();
    std::vector<char*> pointers = {name.data()};
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t process = -1;
    const int error =
        posix_spawnp(&process, program.c_str(), &actions_, &attributes_, pointers.data(), environ);
    if (error != 0) fail(error, program.string());
    return process;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Captured::Captured() : descriptor_(memfd_create("output", MFD_CLOEXEC)) {
  if (descriptor_ < 0) fail(errno, "memfd_create");
}

Captured::~Captured() { close(descriptor_); }

std::string Captured::text() const {
  std::string all;
  char buffer[65536];
  for (;;) {
    const ssize_t count = pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(all.size()));
    if (count < 0) fail(errno, "reading a command's output");
    if (count == 0) return all;
    all.append(buffer, static_cast<std::size_t>(count));
  }
}

pid_t spawn_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Captured& output, const Captured& remarks) {
  return Start(output, remarks).run(program, arguments);
}

}  // namespace flyball
