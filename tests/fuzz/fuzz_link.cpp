// The memory that an inference program shares, hostile from the first byte to the last: read again
// and again as it changes.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "env/jetson/link/application_link.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string root = [] {
    std::string name = std::filesystem::temp_directory_path() / "flyball-fuzz-link-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  static const std::string path = [] {
    const ApplicationLink link(root, 1.0);
    std::filesystem::create_directories(std::filesystem::path(link.path()).parent_path());
    return link.path();
  }();
  // A program that lives holds a lock.
  static const int locked = [] {
    const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    if (file < 0 || fcntl(file, F_OFD_SETLK, &lock) != 0) std::abort();
    return file;
  }();
  const auto write = [&](std::size_t bytes) {
    if (ftruncate(locked, 0) != 0) std::abort();
    if (pwrite(locked, data, bytes, 0) != static_cast<ssize_t>(bytes)) std::abort();
  };
  // The moment is near the one at which it says that it began.
  std::int64_t opened_ns = 0;
  if (size >= offsetof(FlyballMemory, opened_ns) + sizeof opened_ns) {
    std::memcpy(&opened_ns, data + offsetof(FlyballMemory, opened_ns), sizeof opened_ns);
  }
  const double begin = std::clamp(1e-9 * static_cast<double>(opened_ns), 0.0, 1e9);
  ApplicationLink link(root, 1.0);
  Stamped<ApplicationTelemetry> telemetry;
  for (const std::size_t bytes : {size, size / 2, size}) {
    write(bytes);
    try {
      if (link.present()) link.batch_levels();
    } catch (const std::runtime_error&) {
    }
    for (const double now : {begin, begin + 1.0, begin + 3.0}) (void)link.read(now, telemetry);
  }
  return 0;
}
