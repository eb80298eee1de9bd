// One number of the board that is held: what it is to read again at the end, and what we made of
// it. Whoever else writes it wins: what reads differently from how we left it is their value, and
// it is theirs that is put back, and so is what they wrote the same as we. Not thread-safe;
// allocates nothing after its construction.
#pragma once

#include <cstddef>
#include <string>

#include "env/jetson/file_error.h"
#include "env/jetson/sysfs_file.h"
#include "env/jetson/write_watch.h"

namespace flyball {

// The file's own numbers, in the kernel's units.
struct HeldValue {
  long long saved = 0;  // to be put back: what was found, or what somebody else wrote since
  long long left = 0;   // as we left it
  long long next = 0;   // what is being written; as `left` when nothing is
};

// The held values of a board in memory that outlives a process: a watcher that was forked before
// reads there what the one that died had done.
class HeldTable {
 public:
  HeldTable();  // throws std::system_error
  ~HeldTable();
  HeldTable(const HeldTable&) = delete;
  HeldTable& operator=(const HeldTable&) = delete;

  // Throws std::length_error beyond kCapacity.
  HeldValue& add();
  std::size_t index_of(const HeldValue& value) const {
    return static_cast<std::size_t>(&value - values_);
  }
  // Of the files, by their values' indices. Not in the shared memory.
  WriteWatch& writers() { return writers_; }

 private:
  static constexpr std::size_t kCapacity = WriteWatch::kMostFiles;
  HeldValue* values_ = nullptr;
  std::size_t count_ = 0;
  WriteWatch writers_;
};

class ControlFile {
 public:
  // `table` must outlive this object.
  ControlFile(std::string path, HeldTable& table, FileOwner owner = FileOwner::kKernel)
      : file_(std::move(path), owner), table_(table), held_(table.add()) {}

  const std::string& path() const { return file_.path(); }
  const HeldValue& held() const { return held_; }

  // Opens for reading and writing and keeps both, for other processes to see (board_lock.h); what
  // reads now is what will be put back.
  [[nodiscard]] FileError hold() noexcept;
  // Reads. `changed`: somebody wrote it since, and it is not what would be put back anyway; the
  // first reading is nobody's.
  [[nodiscard]] FileError look(bool& changed) noexcept;
  // Takes what reads now for the present state, whoever wrote it.
  [[nodiscard]] FileError note() noexcept;
  // Asks for a number; confirm() says whether it was taken.
  [[nodiscard]] FileError write(long long number) noexcept;
  [[nodiscard]] FileError confirm() noexcept;
  // Both, on change.
  [[nodiscard]] FileError set(long long number) noexcept;
  // Decides what will be put back.
  void keep(long long number) noexcept { held_.saved = number; }
  // Finds the file again that an application may have replaced.
  void follow_name() noexcept { file_.follow_name(); }

 private:
  FileError failed(const std::error_code& error) const { return {error, path().c_str()}; }

  std::size_t slot() const { return table_.index_of(held_); }

  SysfsFile file_;
  HeldTable& table_;
  HeldValue& held_;
  bool known_ = false;
};

}  // namespace flyball
