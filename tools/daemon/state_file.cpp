#include "tools/daemon/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "env/jetson/board_lock.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace {

constexpr std::size_t kMostBytes = 8'000'000;

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

std::vector<std::filesystem::path> state_paths(const std::filesystem::path& root,
                                               const std::filesystem::path& state_directory,
                                               const std::string& name) {
  if (!state_directory.empty()) return {state_directory / name};
  return {root / "var/lib/flyball" / name, root / "run/flyball" / name};
}

}  // namespace

StateFile::StateFile(const std::filesystem::path& path) : path_(path) {
  make_state_directory(path.parent_path());
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(open(path.c_str(), flags, 0644));
  if (!file_.is_open()) fail(path);
  static_cast<void>(read());  // a regular one, and trusted
}

std::string StateFile::read() const { return read_file(path_, kMostBytes, FileTrust::kOwned); }

void StateFile::write(const std::string& text) {
  const ssize_t written = pwrite(file_.get(), text.data(), text.size(), 0);
  if (written < 0) fail(path_);
  if (written != static_cast<ssize_t>(text.size())) {
    throw std::system_error(ENOSPC, std::generic_category(), path_.string());
  }
  if (ftruncate(file_.get(), written) != 0) fail(path_);
}

std::optional<StateFile> open_state_file(const std::filesystem::path& root,
                                         const std::filesystem::path& state_directory,
                                         const std::string& name, const Teller& tell) {
  std::string failures;
  for (const std::filesystem::path& path : state_paths(root, state_directory, name)) {
    try {
      return StateFile(path);
    } catch (const std::exception& error) {
      failures += fmt::format("{}{}", failures.empty() ? "" : "; ", error.what());
    }
  }
  tell(fmt::format("{}: what is found is not kept over a restart: {}", name, failures));
  return std::nullopt;
}

std::string StateWords::line() {
  std::string text;
  if (!std::getline(in_, text)) throw std::runtime_error("it ends too early");
  return text;
}

void StateWords::begin(const char* name) {
  next_line();
  std::string word;
  if (!(line_ >> word) || word != name) {
    throw std::runtime_error(fmt::format("\"{}\" expected", name));
  }
}

}  // namespace flyball
