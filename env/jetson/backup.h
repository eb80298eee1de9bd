// The state to be put back: saved before the first write, replayed when whoever saved it died.
//
// A text file `backup` in the state directory (on a real board /run/flyball, which a reboot
// empties, as it resets the clocks). One line a control, then a count:
//   flyball-backup 1
//   limits sys/.../scaling_min_freq 115200 sys/.../scaling_max_freq 1907200
//   value sys/kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked 0
//   end 2
// Written to a temporary file, synced and renamed, never over an existing one; removed only once
// everything reads as saved. Paths are relative to the root. A lock file beside it admits one
// writer. Not thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace flyball {

// Limits are a pair, because the order of writing depends on what is in force. Values are the
// files' own numbers, in the kernel's units.
struct BackupRecord {
  std::string path;      // relative to the root; of a pair the minimum's
  long long value = 0;   // of a pair the minimum
  std::string max_path;  // empty: a single value
  long long max_value = 0;
};

struct RestoreReport {
  std::size_t controls = 0;           // that were to be restored
  std::vector<std::string> failures;  // "PATH: what went wrong"; empty: all is as it was
  bool succeeded() const { return failures.empty(); }
};

class Backup {
 public:
  // Creates the state directory. Throws std::system_error when it cannot, or when another process
  // holds the lock (std::errc::device_or_resource_busy).
  Backup(std::filesystem::path root, std::filesystem::path state_directory);
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  bool exists() const;
  // Throws std::system_error; the file then does not exist (or still does, if that is the reason).
  void save(const std::vector<BackupRecord>& records);
  // Throws std::runtime_error naming the line, when the file is not one of ours.
  std::vector<BackupRecord> load() const;
  // Writes back what differs and reads it again; goes on after a failure.
  RestoreReport restore(const std::vector<BackupRecord>& records) const;
  void remove();

 private:
  std::filesystem::path root_;
  std::filesystem::path directory_;
  std::filesystem::path file_;
  int lock_ = -1;
};

// Puts back what a dead process left behind; nothing to do is success. Throws as Backup does.
// `state_directory` empty: run/flyball under the root.
RestoreReport restore_from_backup(const std::filesystem::path& root,
                                  const std::filesystem::path& state_directory = {});

}  // namespace flyball
