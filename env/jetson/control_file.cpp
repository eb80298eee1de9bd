#include "env/jetson/control_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <stdexcept>

#include "env/jetson/jetson_error.h"

namespace flyball {

HeldTable::HeldTable() {
  void* memory = mmap(nullptr, kCapacity * sizeof(HeldValue), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "memory for the held values");
  }
  values_ = new (memory) HeldValue[kCapacity];
}

HeldTable::~HeldTable() { munmap(values_, kCapacity * sizeof(HeldValue)); }

HeldValue& HeldTable::add() {
  if (count_ == kCapacity) throw std::length_error("more control files than a board has");
  return values_[count_++];
}

FileError ControlFile::hold() noexcept {
  if (const auto error = file_.open_both()) return failed(error);
  file_.lock_for_writing();
  table_.writers().add(path().c_str(), slot());
  return note();
}

FileError ControlFile::note() noexcept {
  long long now = 0;
  if (const auto error = file_.read(now)) return failed(error);
  static_cast<void>(table_.writers().take(slot()));  // whoever it was
  held_ = {now, now, now};
  known_ = true;
  return {};
}

FileError ControlFile::look(bool& changed) noexcept {
  changed = false;
  long long now = 0;
  if (const auto error = file_.read(now)) return failed(error);
  const bool is_as_ours = now == held_.left || now == held_.next;
  const bool is_theirs = table_.writers().take(slot()) && now != held_.saved;
  const bool is_ours = known_ && is_as_ours && !is_theirs;
  changed = known_ && !is_ours;
  held_ = {is_ours ? held_.saved : now, now, now};
  known_ = true;
  return {};
}

FileError ControlFile::write(long long number) noexcept {
  held_.next = number;  // from here on both numbers are ours, whenever we die
  const std::error_code error = file_.write(number);
  table_.writers().discard(slot());
  return error ? failed(error) : FileError{};
}

FileError ControlFile::confirm() noexcept {
  long long now = 0;
  if (const auto error = file_.read(now)) return failed(error);
  const bool taken = now == held_.next;
  held_.left = held_.next = now;
  return taken ? FileError{} : failed(JetsonError::kNotTaken);
}

FileError ControlFile::set(long long number) noexcept {
  if (held_.left == number && held_.next == number) return {};
  if (const auto error = write(number)) return error;
  return confirm();
}

}  // namespace flyball
