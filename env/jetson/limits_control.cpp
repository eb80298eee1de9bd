// A CPU policy or the GPU by its limits: minimum = maximum pins it.
#include <algorithm>
#include <cmath>

#include "env/jetson/domain_control.h"
#include "env/jetson/jetson_error.h"

namespace flyball {

namespace {

class LimitsControl final : public DomainControl {
 public:
  LimitsControl(const std::string& min_path, const std::string& max_path, double unit_hz,
                HeldTable& table)
      : min_(min_path, table), max_(max_path, table), unit_hz_(unit_hz) {}

  FileError hold() noexcept override {
    if (const auto error = min_.hold()) return error;
    return max_.hold();
  }

  FileError look(ChangeListener& listener) noexcept override {
    const long long floor_left = min_.held().left;
    const long long floor_saved = min_.held().saved;
    bool floor_changed = false;
    bool ceiling_changed = false;
    if (const auto error = min_.look(floor_changed)) return error;
    if (const auto error = max_.look(ceiling_changed)) return error;
    const long long floor = min_.held().left;
    const long long ceiling = max_.held().left;
    // A kernel shows a minimum no higher than the maximum: only the maximum was written.
    if (floor_changed && ceiling_changed && floor == ceiling && floor < floor_left) {
      min_.keep(std::min(floor_saved, ceiling));
      floor_changed = false;
    }
    if (floor_changed) listener.changed(min_.path(), floor);
    if (ceiling_changed) listener.changed(max_.path(), ceiling);
    return {};
  }

  // Where the minimum is above the maximum the maximum wins, as in the kernel.
  FrequencyRange allowed() const noexcept override {
    const long long floor = std::min(min_.held().saved, max_.held().saved);
    return {static_cast<double>(floor) * unit_hz_,
            static_cast<double>(max_.held().saved) * unit_hz_};
  }

  FileError set(FrequencyRange range) noexcept override {
    // What is allowed is written as it was found, which need not be of the table.
    if (range == allowed()) return write(min_.held().saved, max_.held().saved);
    return write(std::llround(range.floor_hz / unit_hz_),
                 std::llround(range.ceiling_hz / unit_hz_));
  }

  FileError put_back(ChangeListener& listener) noexcept override {
    const FileError error = look(listener);
    if (!error) return write(min_.held().saved, max_.held().saved);
    return is_gone(error.code) ? error : put_back_unseen(listener);
  }

  void add_records(std::string_view root, std::vector<BackupRecord>& records) const override {
    records.push_back({relative_path(min_.path(), root), min_.held().saved,
                       relative_path(max_.path(), root), max_.held().saved});
  }

 private:
  // What cannot be read is written all the same: an unverified limit is better than our pin. What
  // is in force is not known, so the maximum is written once more when the minimum is out of its
  // way.
  FileError put_back_unseen(ChangeListener& listener) noexcept {
    bool changed = false;
    if (!max_.look(changed) && changed) listener.changed(max_.path(), max_.held().left);
    const long long low = min_.held().saved;
    const long long high = max_.held().saved;
    static_cast<void>(max_.write(high));
    if (const auto error = min_.write(low)) return error;
    if (const auto error = max_.write(high)) return error;
    for (ControlFile* file : {&min_, &max_}) {
      const FileError error = file->confirm();
      if (error.code == JetsonError::kNotTaken) return error;
      if (error) return {JetsonError::kNotVerified, error.file};
    }
    return {};
  }

  FileError write(long long low, long long high) noexcept {
    const long long former_low = min_.held().left;
    const long long former_high = max_.held().left;
    if (is_at(min_, low) && is_at(max_, high)) return {};
    const FileError error = write_pair(low, high);
    if (error) {
      // The first error is the one to report; whether this one succeeds shows at the next look.
      static_cast<void>(write_pair(former_low, former_high));
    }
    return error;
  }

  // The maximum first when it rises, the minimum first when it falls: they never cross.
  FileError write_pair(long long low, long long high) noexcept {
    const bool raises = high >= max_.held().left;
    ControlFile& first = raises ? max_ : min_;
    ControlFile& second = raises ? min_ : max_;
    if (const auto error = write_changed(first, raises ? high : low)) return error;
    if (const auto error = write_changed(second, raises ? low : high)) return error;
    if (const auto error = min_.confirm()) return error;
    return max_.confirm();
  }

  // Also false where a write that failed may have come through.
  static bool is_at(const ControlFile& file, long long number) noexcept {
    return file.held().left == number && file.held().next == number;
  }

  static FileError write_changed(ControlFile& file, long long number) noexcept {
    return is_at(file, number) ? FileError{} : file.write(number);
  }

  ControlFile min_;
  ControlFile max_;
  double unit_hz_;
};

}  // namespace

std::unique_ptr<DomainControl> make_limits_control(const std::string& min_path,
                                                   const std::string& max_path, double unit_hz,
                                                   HeldTable& table) {
  return std::make_unique<LimitsControl>(min_path, max_path, unit_hz, table);
}

std::string_view relative_path(std::string_view path, std::string_view root) {
  path.remove_prefix(root.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

}  // namespace flyball
