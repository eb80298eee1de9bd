// The state to be put back: saved before the first write, replayed when whoever saved it died.
//
// A text file `backup` in the state directory (on a real board /run/flyball, which a reboot
// empties, as it resets the clocks). One line a control, then a count and a checksum (CRC-32 of all
// before that line):
//   flyball-backup 2
//   boot 3c2a...
//   limits sys/.../scaling_min_freq 115200 sys/.../scaling_max_freq 1907200
//   value sys/kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked 0
//   end 2 1c291ca3
// Written to a temporary file, synced and renamed; removed only once everything reads as saved.
// Paths are relative to the root. A backup of a former boot is void: that boot's clocks are gone.
// Not thread-safe; whoever writes holds the board's lock.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/jetson/descriptor.h"

namespace flyball {

// Limits are a pair, because the order of writing depends on what is in force. Values are the
// files' own numbers, in the kernel's units. The paths are whoever's who made the record.
struct BackupRecord {
  std::string_view path;      // relative to the root; of a pair the minimum's
  long long value = 0;        // of a pair the minimum
  std::string_view max_path;  // empty: a single value
  long long max_value = 0;
};

struct RestoreReport {
  std::size_t controls = 0;           // that were to be restored
  std::vector<std::string> failures;  // "PATH: what went wrong"; empty: all is as it was
  std::vector<std::string> remarks;   // what no longer exists or could not be tidied up
  bool waits = false;  // the backup stays for a control whose CPUs are offline (in the remarks)
  bool succeeded() const { return failures.empty(); }
};

class Backup {
 public:
  // `state_directory` empty: run/flyball under the root. Creates nothing.
  Backup(std::filesystem::path root, const std::filesystem::path& state_directory);

  const std::filesystem::path& path() const { return file_; }
  bool exists() const;
  // Never over an existing one. Throws std::system_error; then there is none (or still the former).
  void save(std::span<const BackupRecord> records);
  // Over the existing one, in one step: somebody else's values are the ones to put back now.
  // Allocates nothing where no path is longer than at the saving. Requires: it was saved.
  [[nodiscard]] std::error_code renew(std::span<const BackupRecord> records) noexcept;
  // The paths are good until the next call, and as long as this object lives. Throws
  // std::runtime_error naming the line, when the file is not one of ours. Empty, with
  // is_of_this_boot() false, when the file is of a former boot.
  std::vector<BackupRecord> load();
  bool is_of_this_boot() const { return is_of_this_boot_; }
  // Writes back what differs and reads it again; goes on after a failure. Allocates.
  RestoreReport restore(std::span<const BackupRecord> records) const;
  [[nodiscard]] std::error_code remove() noexcept;

 private:
  void open_directory();
  void compose(std::span<const BackupRecord> records);
  std::error_code replace(unsigned rename_flags) noexcept;

  std::filesystem::path root_;
  std::filesystem::path directory_;
  std::filesystem::path file_;
  Descriptor directory_fd_;  // held since the saving: removing needs no new descriptor
  std::string text_;
  std::string loaded_;
  std::string boot_;
  bool is_of_this_boot_ = true;
};

// The remark on a control that is not put back: it is gone or offline, or the application's own.
std::string not_put_back(const std::string& file, const std::error_code& error);

// Puts back what a dead process left behind; nothing to do is success, but not while another
// process governs the board, wherever that keeps its state. Takes the board's lock.
// Throws as BoardLock and Backup do.
RestoreReport restore_from_backup(const std::filesystem::path& root,
                                  const std::filesystem::path& state_directory = {});

// The same for who holds the lock already.
RestoreReport replay(Backup& backup);

}  // namespace flyball
