#include "env/jetson/board_controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "env/jetson/error_text.h"
#include "env/plant.h"

namespace flyball {

namespace {

// Writes of one program that follow each other count once.
constexpr double kSameWriterSeconds = 1.0;
constexpr double kUnlentSeconds = 0.5;

}  // namespace

BoardControls::BoardControls(const std::string& root, std::unique_ptr<Backup> backup,
                             ControlSet controls, YieldRule rule, Teller tell)
    : root_(root),
      backup_(std::move(backup)),
      controls_(std::move(controls)),
      rule_(rule),
      tell_(std::move(tell)),
      lent_(controls_.knobs.size()),
      wanted_(controls_.knobs.size()),
      is_turned_(controls_.domains.size(), true),
      is_gone_(controls_.domains.size()),
      watched_(controls_.domains.size()),
      unusable_(controls_.domains.size() + 1),
      is_waited_for_(controls_.domains.size()),
      hot_ceilings_(controls_.knobs.size()) {
  for (std::size_t d = 0; d < controls_.domains.size(); ++d) {
    if (!controls_.domains[d]) continue;
    looked_at_ = d;
    if (const auto error = controls_.domains[d]->look(*this)) give_up(d, error);
  }
  for (Watched& watched : watched_) watched.changes.resize(rule_.changes);
  state_.limits.resize(controls_.knobs.size());
  records_.reserve(controls_.domains.size() * DomainControl::kMostRecords + 1);
  update_limits();
}

template <typename... Args>
void BoardControls::say(const char* format, Args&&... args) noexcept {
  if (!tell_) return;
  FixedText text;
  const auto result =
      fmt::format_to_n(text.data(), text.size(), fmt::runtime(format), std::forward<Args>(args)...);
  tell_({text.data(), std::min(result.size, text.size())});
}

std::string BoardControls::pinned_file(std::size_t knob) const {
  for (const std::size_t d : controls_.knobs[knob].domains) {
    if (!controls_.domains[d]) continue;
    const FrequencyRange range = controls_.domains[d]->allowed();
    if (range.floor_hz != range.ceiling_hz) return {};
    std::vector<BackupRecord> records;
    controls_.domains[d]->add_records(root_, records);
    return fmt::format("{}/{}", root_, records.front().path);
  }
  return {};
}

void BoardControls::lend(std::span<const std::size_t> knobs) {
  const bool is_first = std::ranges::find(lent_, true) == lent_.end();
  if (is_first) hold_all();
  for (const std::size_t knob : knobs) require_usable(knob);
  if (is_first) save();
  for (const std::size_t knob : knobs) lent_[knob] = true;
  note_turned();
}

// Who reads the memory clock asks a firmware, so what nobody turns is looked at less often.
void BoardControls::note_turned() noexcept {
  const bool is_none = std::ranges::find(lent_, true) == lent_.end();
  std::fill(is_turned_.begin(), is_turned_.end(), is_none);
  for (std::size_t k = 0; k < lent_.size(); ++k) {
    if (!lent_[k]) continue;
    for (const std::size_t d : controls_.knobs[k].domains) is_turned_[d] = true;
  }
}

// A control that nobody asked for may fail: it is neither written nor saved.
void BoardControls::give_up(std::size_t d, const FileError& error) {
  unusable_[d] = {error.code, error.file};
  const bool is_batch = d == controls_.domains.size();
  if (is_batch) controls_.batch.reset();
  if (!is_batch) controls_.domains[d].reset();
}

void BoardControls::require_usable(std::size_t knob) const {
  const std::vector<std::size_t>& domains = controls_.knobs[knob].domains;
  const auto require = [&](std::size_t d) {
    if (unusable_[d]) throw std::system_error(unusable_[d]->code, unusable_[d]->file);
  };
  if (domains.empty()) require(controls_.domains.size());
  std::ranges::for_each(domains, require);
}

void BoardControls::hold_all() {
  state_.report = replay(*backup_);
  if (!state_.report.succeeded()) {
    throw std::runtime_error(fmt::format("the state left by an earlier run cannot be put back: {}",
                                         state_.report.failures.front()));
  }
  for (const std::string& remark : state_.report.remarks) say("{}", remark);
  // Its CPUs are offline still, and this run needs the place.
  if (state_.report.waits) static_cast<void>(backup_->remove());
  state_.report = {};
  for (std::size_t d = 0; d < controls_.domains.size(); ++d) {
    if (!controls_.domains[d]) continue;
    const FileError error = controls_.domains[d]->hold();
    if (error && is_gone(error.code)) {
      controls_.domains[d].reset();
    } else if (error) {
      give_up(d, error);
    }
  }
  if (!controls_.batch) return;
  controls_.batch->follow_name();
  if (const auto error = controls_.batch->hold()) give_up(controls_.domains.size(), error);
}

void BoardControls::save() {
  for (const auto& unusable : unusable_) {
    if (unusable) say("{}: {}: left alone", unusable->file, ErrorText(unusable->code).get());
  }
  collect_records();
  backup_->save(records_);
  std::ranges::fill(wanted_, std::nullopt);
  quiet_since_.reset();
  held_ = true;
  update_limits();
}

void BoardControls::collect_records() {
  records_.clear();
  for (const auto& domain : controls_.domains) {
    if (domain) domain->add_records(root_, records_);
  }
  if (controls_.batch) {
    const ControlFile& batch = *controls_.batch;
    records_.push_back({relative_path(batch.path(), root_), batch.held().saved, {}, 0});
  }
}

std::error_code BoardControls::apply(std::span<const std::size_t> knobs,
                                     const Setting& setting) noexcept {
  if (setting.size() != knobs.size()) return std::make_error_code(std::errc::invalid_argument);
  const WriteWatch::Batch batch(controls_.table->writers());
  look_now();
  if (quiet_since_) return PlantError::kSteppedAside;
  std::array<std::optional<LevelRange>, kMaxKnobs> former;
  std::copy(wanted_.begin(), wanted_.end(), former.begin());
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    wanted_[knobs[k]] = setting[k];
    const FileError error = set_knob(knobs[k], setting[k]);
    if (!error) continue;
    // The error that led here is the one to report; what this achieves shows in the telemetry.
    for (const std::size_t knob : knobs) {
      wanted_[knob] = former[knob];
      static_cast<void>(set_knob(knob, former[knob].value_or(state_.limits[knob])));
    }
    return failed(error);
  }
  return {};
}

FileError BoardControls::set_knob(std::size_t knob, LevelRange range) noexcept {
  range = clamped(range, state_.limits[knob]);
  const ControlledKnob& controlled = controls_.knobs[knob];
  if (!controlled.domains.empty()) return set_domains(knob, range);
  controls_.batch->follow_name();  // an application may restart
  bool changed = false;
  if (const auto error = controls_.batch->look(changed)) {
    return is_gone(error.code) ? FileError{} : error;
  }
  return controls_.batch->set(static_cast<long long>(controlled.levels[range.ceiling]));
}

FileError BoardControls::set_domains(std::size_t knob, LevelRange range) noexcept {
  const ControlledKnob& controlled = controls_.knobs[knob];
  const bool is_all = range == open_limits_of(controlled);
  for (const std::size_t d : controlled.domains) {
    DomainControl* domain = controls_.domains[d].get();
    if (domain == nullptr) continue;
    const FrequencyRange levels{controlled.levels[range.floor], controlled.levels[range.ceiling]};
    const FileError error = domain->set(is_all ? domain->allowed() : levels);
    if (error && !is_gone(error.code)) return error;  // its CPUs may have gone offline
  }
  return {};
}

std::error_code BoardControls::failed(const FileError& error) noexcept {
  FixedText& text = state_.last_failure;
  const auto result = fmt::format_to_n(text.data(), text.size() - 1, "{}: {}", error.file,
                                       ErrorText(error.code).get());
  *result.out = '\0';
  return error.code;
}

void BoardControls::look(double now_seconds) noexcept {
  set_time(now_seconds);
  look_now();
}

void BoardControls::look_now() noexcept {
  const WriteWatch::Batch batch(controls_.table->writers());
  look_at_all();
  look_at_heat();
  if (quiet_since_ && now_seconds_ - *quiet_since_ >= rule_.quiet_seconds) come_back();
}

void BoardControls::set_shield(ThermalShield shield) {
  shield_ = std::move(shield);
  state_.shield = shield_->state();
}

// What is told names the cause, once for each time that it gets hot, blind or well again. Blind
// already when the clocks are lent is no other than blind later.
void BoardControls::look_at_heat() noexcept {
  if (!shield_) return;
  const ShieldState former = state_.shield;
  const bool is_news = shield_->look(now_seconds_);
  state_.shield = shield_->state();
  const ShieldState& now = state_.shield;
  if (now.is_blind && quiet_since_) quiet_since_ = now_seconds_;
  if (now.is_blind && held_ && !quiet_since_) {
    step_aside("no temperature can be read any more, so heat cannot be kept off");
  }
  if (!is_news) return;
  if (now.steps > 0 && former.steps == 0) {
    say("hot: {} is at {:.1f} degrees C, its limit is {:g}: ceilings are lowered until it is under",
        now.zone.data(), now.celsius, now.limit_celsius);
  } else if (now.steps == 0 && former.steps > 0) {
    say("cool again: {} is at {:.1f} degrees C: ceilings are as before", now.zone.data(),
        now.celsius);
  }
  if (now.steps != former.steps) move_hot_ceilings(now.steps > former.steps);
  update_limits();
  if (held_ && !quiet_since_) enforce();
}

// Down from what is in force: a step below a limit that nobody uses would cool nothing.
void BoardControls::move_hot_ceilings(bool down) noexcept {
  for (std::size_t k = 0; k < hot_ceilings_.size(); ++k) {
    const LevelRange open = open_limits_of(controls_.knobs[k]);
    const Level limit = state_.limits[k].ceiling;
    const Level used = wanted_[k] ? std::min(limit, wanted_[k]->ceiling) : limit;
    hot_ceilings_[k] =
        down ? ThermalShield::below(used, open) : ThermalShield::above(hot_ceilings_[k], open);
  }
}

void BoardControls::look_at_all() noexcept {
  any_change_ = false;
  const bool is_all = now_seconds_ - all_seconds_ >= kUnlentSeconds || now_seconds_ < all_seconds_;
  if (is_all) all_seconds_ = now_seconds_;
  for (std::size_t d = 0; d < controls_.domains.size(); ++d) {
    if (!controls_.domains[d] || (!is_all && !is_turned_[d])) continue;
    looked_at_ = d;
    // A file that cannot be read now is looked at again; setting it will tell.
    const FileError error = controls_.domains[d]->look(*this);
    is_gone_[d] = error && is_gone(error.code);
  }
  if (!any_change_) return;
  update_limits();
  if (quiet_since_) {
    quiet_since_ = now_seconds_;
  } else if (held_ && somebody_insists()) {
    step_aside("somebody else writes these limits again and again");
  } else if (held_) {
    renew_backup();
    enforce();
  }
}

void BoardControls::changed(const std::string& file, long long value) noexcept {
  any_change_ = true;
  if (is_gone_[*looked_at_]) {
    say("{}: is there again and reads {}: that is the limit now, and what will be put back", file,
        value);
    return;  // CPUs that come and go are nobody who insists
  }
  Watched& watched = watched_[*looked_at_];
  // Who writes without end is told of once a second, and not at all once they have the clocks.
  const double since_told = now_seconds_ - watched.told_seconds;
  if (!quiet_since_ && (since_told == 0.0 || since_told >= kSameWriterSeconds)) {
    watched.told_seconds = now_seconds_;
    say("{}: somebody else wrote {}: that is the limit now, and what will be put back", file,
        value);
  }
  if (watched.count > 0) {
    const double last = watched.changes[(watched.count - 1) % rule_.changes];
    if (now_seconds_ - last < kSameWriterSeconds) return;
  }
  watched.changes[watched.count++ % rule_.changes] = now_seconds_;
}

bool BoardControls::somebody_insists() const noexcept {
  return std::ranges::any_of(watched_, [&](const Watched& watched) {
    if (watched.count < rule_.changes) return false;
    const double oldest = watched.changes[watched.count % rule_.changes];
    return now_seconds_ - oldest <= rule_.window_seconds;
  });
}

void BoardControls::step_aside(const char* why) noexcept {
  say("{}: flyball steps aside, the kernel governs until that has been over for {:g} s", why,
      rule_.quiet_seconds);
  bool all = true;
  for (const auto& domain : controls_.domains) {
    if (!domain) continue;
    const FileError error = domain->put_back(*this);
    if (!error || is_gone(error.code)) continue;
    all = false;
    say("{}: not put back: {}", error.file, ErrorText(error.code).get());
  }
  if (all) static_cast<void>(backup_->remove());
  quiet_since_ = now_seconds_;
  for (Watched& watched : watched_) watched.count = 0;
}

void BoardControls::come_back() noexcept {
  std::array<std::optional<LevelRange>, kMaxKnobs> wanted;
  std::ranges::copy(wanted_, wanted.begin());
  try {
    hold_all();
    for (std::size_t k = 0; k < lent_.size(); ++k) {
      if (lent_[k]) require_usable(k);
    }
    save();
    std::copy_n(wanted.begin(), wanted_.size(), wanted_.begin());
    say("it has been quiet for {:g} s: flyball governs again", rule_.quiet_seconds);
    enforce();
  } catch (const std::exception& error) {
    say("{}: flyball goes on standing aside", error.what());
    quiet_since_ = now_seconds_;
  }
}

void BoardControls::renew_backup() noexcept {
  collect_records();
  const std::error_code error = backup_->renew(records_);
  if (error) say("{}: cannot be renewed: {}", backup_->path().c_str(), ErrorText(error).get());
}

// What was asked for last, inside what is allowed now.
void BoardControls::enforce() noexcept {
  for (std::size_t k = 0; k < wanted_.size(); ++k) {
    if (!wanted_[k]) continue;
    const FileError error = set_knob(k, *wanted_[k]);
    if (error) static_cast<void>(failed(error));
  }
}

void BoardControls::update_limits() noexcept {
  for (std::size_t k = 0; k < controls_.knobs.size(); ++k) {
    state_.limits[k] = limits_of(k);
  }
}

// What the shield leaves of them; how many requests a batch has is no clock.
LevelRange BoardControls::limits_of(std::size_t k) const noexcept {
  LevelRange limits = open_limits_of(controls_.knobs[k]);
  const bool is_clock = !controls_.knobs[k].domains.empty();
  if (is_clock && state_.shield.steps > 0) {
    limits.ceiling = std::clamp(hot_ceilings_[k], limits.floor, limits.ceiling);
  }
  return limits;
}

// The levels that every domain of the knob allows; where it allows none, the lowest.
LevelRange BoardControls::open_limits_of(const ControlledKnob& knob) const noexcept {
  LevelRange limits{0, static_cast<Level>(knob.levels.size() - 1)};
  for (const std::size_t d : knob.domains) {
    if (!controls_.domains[d]) continue;
    const FrequencyRange range = controls_.domains[d]->allowed();
    limits.ceiling = std::min(limits.ceiling, level_at_most(knob.levels, range.ceiling_hz));
    limits.floor = std::max(limits.floor, level_at_least(knob.levels, range.floor_hz));
  }
  limits.floor = std::min(limits.floor, limits.ceiling);
  return limits;
}

void BoardControls::give_back(std::span<const std::size_t> knobs) noexcept {
  try {
    for (const std::size_t k : knobs) {
      wanted_[k].reset();
      lent_[k] = false;
      if (held_ && !quiet_since_) put_back(k);
    }
    note_turned();
    if (std::ranges::find(lent_, true) == lent_.end()) tidy_up();
  } catch (const std::bad_alloc&) {  // of the report; the backup stays for the next start
    state_.report.controls = 0;
  }
}

void BoardControls::give_back_all() noexcept {
  std::array<std::size_t, kMaxKnobs> all{};
  for (std::size_t k = 0; k < lent_.size(); ++k) all[k] = k;
  give_back({all.data(), lent_.size()});
}

void BoardControls::put_back(std::size_t knob) {
  const ControlledKnob& controlled = controls_.knobs[knob];
  if (controlled.domains.empty()) return put_back_batch();
  for (const std::size_t d : controlled.domains) {
    if (!controls_.domains[d]) continue;
    looked_at_ = d;
    const FileError error = controls_.domains[d]->put_back(*this);
    is_waited_for_[d] = is_offline(error.code);
    note_result(error);
  }
}

// What the application wrote since is its own. Whatever stands in its file's place by now is, too:
// an application that ended, or went mad, needs nothing, and must not keep a board from starting.
void BoardControls::put_back_batch() {
  ControlFile& batch = *controls_.batch;
  batch.follow_name();
  bool changed = false;
  FileError error = batch.look(changed);
  if (!error) error = batch.set(batch.held().saved);
  ++state_.report.controls;
  if (error) state_.report.remarks.push_back(not_put_back(error.file, error.code));
}

void BoardControls::note_result(const FileError& error) {
  ++state_.report.controls;
  if (!error) return;
  if (is_gone(error.code)) {
    state_.report.remarks.push_back(not_put_back(error.file, error.code));
  } else {
    state_.report.failures.push_back(fmt::format("{}: {}", error.file, error.code.message()));
  }
}

// The backup goes once everything reads as it should. What is offline stays in it, alone.
void BoardControls::tidy_up() {
  if (!held_ || !state_.report.succeeded()) return;
  held_ = false;
  records_.clear();
  for (std::size_t d = 0; d < is_waited_for_.size(); ++d) {
    if (is_waited_for_[d]) controls_.domains[d]->add_records(root_, records_);
  }
  state_.report.waits = !records_.empty();
  const std::error_code error = records_.empty() ? backup_->remove() : backup_->renew(records_);
  if (!error) return;
  state_.report.remarks.push_back(fmt::format("{}: cannot be {}: {}", backup_->path().string(),
                                              records_.empty() ? "removed" : "renewed",
                                              error.message()));
}

}  // namespace flyball
