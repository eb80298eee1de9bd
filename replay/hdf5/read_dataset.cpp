#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "env/errors.h"
#include "env/printable.h"
#include "replay/hdf5/dataset.h"
#include "replay/hdf5/dataset_names.h"
#include "replay/hdf5/dataset_reader.h"
#include "replay/hdf5/dataset_wire.h"

namespace flyball {

namespace {

std::filesystem::path main_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  for (const auto& file :
       {path / "data" / dataset_names::kMainFile, path / dataset_names::kMainFile}) {
    if (std::filesystem::exists(file, error)) return file;
  }
  throw DataError(
      fmt::format("{}: no dataset: data/{} is not there", path.string(), dataset_names::kMainFile));
}

void parse_and_send(int descriptor, const std::filesystem::path& file) {
  try {
    send_dataset(descriptor, parse_dataset(file));
  } catch (const std::bad_alloc&) {
    send_error(descriptor, file.string() +
                               ": cannot be read as a dataset: claims more memory than "
                               "a file of its size may take");
  } catch (const std::exception& error) {
    send_error(descriptor, error.what());
  }
}

}  // namespace

ChildLimits dataset_limits(std::uint64_t file_bytes) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
  const auto machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  ChildLimits limits;
  limits.cpu_seconds =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(10 + file_bytes / kMebibyte, 86400));
  limits.memory_bytes = machine;
  if (file_bytes < machine / 100) {
    limits.memory_bytes = std::min(machine, 512 * kMebibyte + 100 * file_bytes);
  }
  return limits;
}

Dataset read_dataset(const std::filesystem::path& path, const KeepGoing& keep_going,
                     const std::optional<ChildLimits>& limits) {
  const std::filesystem::path file = main_file(path);
  const std::string name = file.string();
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory) throw DataError(name + ": does not exist");
  if (error || !std::filesystem::is_regular_file(file)) {
    throw DataError(name + ": cannot be read as a dataset: a regular file expected");
  }
  GuardedChild child(
      limits.value_or(dataset_limits(size)),
      [&](int descriptor) { parse_and_send(descriptor, file); }, keep_going);
  try {
    return receive_dataset(child);
  } catch (const Interrupted&) {
    throw Interrupted(name + ": interrupted while it was read");
  } catch (const RefusedDataset& refused) {
    throw DataError(printable(refused.what()));
  } catch (const DataError& failed) {
    throw DataError(
        fmt::format("{}: cannot be read as a dataset: the reader {}", name, failed.what()));
  }
}

}  // namespace flyball
