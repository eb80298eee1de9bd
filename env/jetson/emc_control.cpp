// The memory clock by its lock: pinned at a rate, or left to its resident, the bandwidth manager.
#include <cmath>
#include <optional>

#include "env/jetson/domain_control.h"
#include "env/jetson/jetson_error.h"
#include "env/knob.h"

namespace flyball {

namespace {

class EmcControl final : public DomainControl {
 public:
  EmcControl(const EmcFiles& files, std::vector<double> rates_hz, HeldTable& table)
      : interface_(files.interface),
        rates_hz_(std::move(rates_hz)),
        lock_(files.lock, table),
        rate_(files.rate, table),
        cap_(files.cap) {
    if (interface_ == EmcInterface::kBpmpHalt) halt_.emplace(files.halt, table);
    ceiling_hz_ = rates_hz_.back();
  }

  FileError hold() noexcept override {
    if (const auto error = lock_.hold()) return error;
    if (const auto error = rate_.hold()) return error;
    return halt_ ? halt_->hold() : FileError{};
  }

  FileError look(ChangeListener& listener) noexcept override {
    look_at_cap(listener);
    const bool we_lock = lock_.held().left != 0;
    bool changed = false;
    if (const auto error = lock_.look(changed)) return error;
    if (changed) {
      listener.changed(lock_.path(), lock_.held().left);
      yield();
      return rate_.note();
    }
    // Of a free BPMP clock the rate is the resident's business; T210's is a setting of its own.
    if (!we_lock && interface_ != EmcInterface::kT210) return rate_.note();
    if (const auto error = rate_.look(changed)) return error;
    if (changed) {
      listener.changed(rate_.path(), rate_.held().left);
      yield();
    }
    return {};
  }

  FrequencyRange allowed() const noexcept override {
    if (!is_theirs_) return {rates_hz_.front(), ceiling_hz_};
    const auto rate = static_cast<double>(rate_.held().saved);
    return {rate, rate};
  }

  FileError set(FrequencyRange range) noexcept override {
    const HeldValue locked = lock_.held();
    const HeldValue rate = rate_.held();
    FileError error{JetsonError::kNotExpressible, lock_.path().c_str()};
    if (range.floor_hz == range.ceiling_hz) {
      error = lock(std::llround(range.ceiling_hz));
    } else if (range == allowed()) {
      error = unlock();
    }
    if (error && error.code != JetsonError::kNotExpressible) {
      // The first error is the one to report.
      static_cast<void>(locked.left != 0 ? lock(rate.left) : unlock());
    }
    return error;
  }

  FileError put_back(ChangeListener& listener) noexcept override {
    if (const auto error = look(listener)) return error;
    if (const auto error = lock_.held().saved != 0 ? lock(rate_.held().saved) : free())
      return error;
    return halt_ ? halt_->set(halt_->held().saved) : FileError{};
  }

  // A free clock is freed first, and one of a BPMP has no rate to put back.
  void add_records(std::string_view root, std::vector<BackupRecord>& records) const override {
    const bool was_locked = lock_.held().saved != 0;
    if (was_locked) records.push_back(record(rate_, root));
    records.push_back(record(lock_, root));
    if (!was_locked && interface_ == EmcInterface::kT210) records.push_back(record(rate_, root));
    if (halt_) records.push_back(record(*halt_, root));
  }

 private:
  static BackupRecord record(const ControlFile& file, std::string_view root) {
    return {relative_path(file.path(), root), file.held().saved, {}, 0};
  }

  // Somebody else's lock is theirs as a whole, with all that belongs to it.
  void yield() noexcept {
    is_theirs_ = lock_.held().left != 0;
    lock_.keep(lock_.held().left);
    if (halt_ && is_theirs_) halt_->keep(halt_->held().left);
  }

  // nvpmodel's cap: no file, or 0, is none.
  void look_at_cap(ChangeListener& listener) noexcept {
    long long cap = 0;
    const bool is_capped = !cap_.read(cap) && cap > 0;
    const double ceiling = is_capped ? rates_hz_[level_at_most(rates_hz_, static_cast<double>(cap))]
                                     : rates_hz_.back();
    if (has_looked_ && ceiling != ceiling_hz_) listener.changed(cap_.path(), cap);
    has_looked_ = true;
    ceiling_hz_ = ceiling;
  }

  // Locks at a rate of the table and reads it back: a rate outside the cap is ignored by the
  // firmware without an error.
  FileError lock(long long rate) noexcept {
    const bool locked = lock_.held().left != 0;
    if (locked && rate_.held().left == rate) return {};
    if (interface_ == EmcInterface::kBpmp && !locked) {
      if (const auto error = lock_.set(1)) return error;
    }
    if (interface_ == EmcInterface::kBpmpHalt) {
      if (const auto error = halt_->set(1)) return error;
      if (const auto error = lock_.set(0)) return error;
    }
    if (const auto error = rate_.write(rate)) return error;
    if (const auto error = rate_.confirm()) return error;
    return lock_.set(1);
  }

  // Back to the resident, whoever locked it.
  FileError unlock() noexcept {
    if (const auto error = lock_.set(0)) return error;
    return halt_ ? halt_->set(0) : FileError{};
  }

  FileError free() noexcept {
    if (const auto error = lock_.set(0)) return error;
    return interface_ == EmcInterface::kT210 ? rate_.set(rate_.held().saved) : FileError{};
  }

  EmcInterface interface_;
  std::vector<double> rates_hz_;
  double ceiling_hz_ = 0.0;
  bool has_looked_ = false;
  bool is_theirs_ = false;  // somebody locked it while we held it: their rate is the limit
  ControlFile lock_;
  ControlFile rate_;
  std::optional<ControlFile> halt_;
  SysfsFile cap_;
};

}  // namespace

std::unique_ptr<DomainControl> make_emc_control(const EmcFiles& files, std::vector<double> rates_hz,
                                                HeldTable& table) {
  return std::make_unique<EmcControl>(files, std::move(rates_hz), table);
}

}  // namespace flyball
