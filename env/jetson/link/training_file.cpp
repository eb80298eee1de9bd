#include "env/jetson/link/training_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "env/jetson/board_lock.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/link/flyball.h"

namespace flyball {

namespace {

constexpr double kMostSeconds = 1e9;

std::int64_t nanoseconds(double seconds) {
  return std::llround(1e9 * std::clamp(seconds, 0.0, kMostSeconds));
}

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw std::system_error(error, std::generic_category(), path.string());
}

}  // namespace

TrainingFile::TrainingFile(const std::filesystem::path& root) {
  const std::filesystem::path path = root / "run/flyball/training";
  make_state_directory(path.parent_path());
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(open(path.c_str(), flags, 0644));
  if (!file_.is_open()) fail(path, errno);
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) fail(path, errno);
  if (!S_ISREG(info.st_mode)) fail(path, EINVAL);
  if (fchmod(file_.get(), 0644) != 0) fail(path, errno);  // whatever the umask: programs read it
  if (const std::error_code error = forbid()) throw std::system_error(error, path.string());
}

TrainingFile::~TrainingFile() { static_cast<void>(forbid()); }

std::error_code TrainingFile::allow(double until_seconds, double longest_seconds) noexcept {
  return write(nanoseconds(until_seconds), nanoseconds(longest_seconds));
}

std::error_code TrainingFile::forbid() noexcept { return write(0, 0); }

std::error_code TrainingFile::write(std::int64_t until_ns, std::int64_t longest_ns) noexcept {
  FlyballTraining training{};
  std::memcpy(training.magic, "flytrain", sizeof training.magic);
  training.version = FLYBALL_TRAINING_VERSION;
  training.size = sizeof training;
  training.until_ns = until_ns;
  training.longest_ns = longest_ns;
  training.check = static_cast<std::uint64_t>(until_ns) ^ static_cast<std::uint64_t>(longest_ns) ^
                   FLYBALL_TRAINING_CHECK;
  const ssize_t count = pwrite(file_.get(), &training, sizeof training, 0);
  if (count < 0) return {errno, std::generic_category()};
  return count == sizeof training ? std::error_code{} : JetsonError::kMalformed;
}

}  // namespace flyball
