#include "tools/packaging/installation.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "env/errors.h"
#include "env/output_file.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostBytes = 256UL << 20;

bool is_there(const fs::path& file) { return fs::exists(fs::symlink_status(file)); }

// Absent: there is none. What is no regular file is somebody else's: empty.
std::optional<std::string> text_at(const fs::path& file) {
  if (!is_there(file)) return std::nullopt;
  if (!fs::is_regular_file(fs::symlink_status(file))) return std::string();
  try {
    return read_file(file, kMostBytes, FileTrust::kAny);
  } catch (const std::system_error&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw DataError(error.what());
  }
}

// The folder and those above it that are missing, upper ones first, each once.
void add_missing(const std::string& path, const InstallRecord& record,
                 std::vector<std::string>& missing) {
  const fs::path folder = path;
  if (folder == folder.root_path() || fs::is_directory(record.place(path))) return;
  add_missing(folder.parent_path().string(), record, missing);
  if (std::ranges::find(missing, path) == missing.end()) missing.push_back(path);
}

void make_directory(const std::string& path, InstallRecord& record, InstallMode mode,
                    const InstallTell& tell) {
  const fs::path folder = record.place(path);
  if (mode == InstallMode::kDryRun) return tell("would make " + folder.string());
  record.add_directory(path);
  record.save();
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), folder.string());
  }
  tell("made " + folder.string());
}

void write_file(const InstallFile& planned, InstallRecord& record) {
  record.add_file(planned.path, planned.text);
  record.save();
  OutputFile output(record.place(planned.path), 0644, OutputUse::kUnattended);
  output.write(planned.text);
  output.commit();
  record.set_file(planned.path, planned.text);
  record.save();
}

void install_file(const InstallFile& planned, InstallRecord& record, InstallMode mode,
                  const InstallTell& tell) {
  const fs::path file = record.place(planned.path);
  const std::optional<std::string> found = text_at(file);
  if (found == planned.text) return tell(file.string() + " is as it should be");
  if (found && !planned.is_asked && !record.wrote(planned.path, *found)) {
    return tell(file.string() + ": left as it is: changed, or not of an installation");
  }
  if (mode == InstallMode::kWrite) write_file(planned, record);
  tell(fmt::format("{} {} ({} bytes)", mode == InstallMode::kDryRun ? "would write" : "wrote",
                   file.string(), planned.text.size()));
}

// True when it is gone.
bool uninstall_file(const std::string& path, InstallRecord& record, bool with_changed,
                    InstallMode mode, const InstallTell& tell) {
  const fs::path file = record.place(path);
  const std::optional<std::string> found = text_at(file);
  if (found && !with_changed && !record.wrote(path, *found)) {
    tell(file.string() + ": left, it was changed since it was installed (--changed removes it)");
    return false;
  }
  if (mode == InstallMode::kDryRun) {
    if (found) tell("would remove " + file.string());
    return true;
  }
  if (found) fs::remove(file);
  record.forget_file(path);
  record.save();
  if (found) tell("removed " + file.string());
  return true;
}

bool uninstall_directory(const std::string& path, InstallRecord& record, const InstallTell& tell) {
  const fs::path folder = record.place(path);
  std::error_code error;
  if (fs::is_directory(folder) && !fs::remove(folder, error)) {
    tell(fmt::format("{}: left: {}", folder.string(), error.message()));
    return false;
  }
  record.forget_directory(path);
  record.save();
  tell("removed " + folder.string());
  return true;
}

}  // namespace

void install_files(const InstallPlan& plan, InstallRecord& record, InstallMode mode,
                   const InstallTell& tell) {
  std::vector<std::string> missing;
  for (const std::string& path : plan.directories) add_missing(path, record, missing);
  for (const InstallFile& planned : plan.files) {
    add_missing(fs::path(planned.path).parent_path().string(), record, missing);
  }
  for (const std::string& path : missing) make_directory(path, record, mode, tell);
  for (const InstallFile& planned : plan.files) install_file(planned, record, mode, tell);
}

bool uninstall_files(InstallRecord& record, bool with_changed, InstallMode mode,
                     const InstallTell& tell) {
  bool is_all_gone = true;
  for (const std::string& path : record.files()) {
    is_all_gone &= uninstall_file(path, record, with_changed, mode, tell);
  }
  const std::vector<std::string> directories = record.directories();
  for (auto path = directories.rbegin(); path != directories.rend(); ++path) {
    if (mode == InstallMode::kDryRun) {
      tell(fmt::format("would remove {} where it is empty", record.place(*path).string()));
    } else {
      is_all_gone &= uninstall_directory(*path, record, tell);
    }
  }
  return is_all_gone;
}

}  // namespace flyball
