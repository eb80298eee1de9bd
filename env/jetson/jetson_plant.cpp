#include "env/jetson/jetson_plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/jetson/application_source.h"
#include "env/jetson/board_discovery.h"
#include "env/jetson/cpu_times.h"
#include "env/jetson/directory_scan.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/power_sensors.h"
#include "env/jetson/thermal_zones.h"
#include "env/module_power.h"
#include "env/wakeable_timeline.h"

namespace flyball {

namespace {

constexpr double kAllSeconds = 0.5;

std::vector<std::string> names_of(const std::vector<ThermalZone>& zones) {
  std::vector<std::string> names;
  for (const ThermalZone& zone : zones) names.push_back(zone.name);
  return names;
}

bool all_absent(const std::vector<std::optional<double>>& values) {
  return std::ranges::none_of(values, [](const auto& value) { return value.has_value(); });
}

}  // namespace

class JetsonPlant::Implementation {
 public:
  explicit Implementation(JetsonConfig config);

  std::error_code read(Telemetry& telemetry) noexcept;
  ControlLease lease(std::span<const std::size_t> knobs);
  std::error_code apply(std::span<const std::size_t> knobs, const Setting& setting) noexcept;
  void give_back(std::span<const std::size_t> knobs) noexcept;
  void set_keeper(std::unique_ptr<ClockKeeper> keeper);
  const ApplicationSource& application() const { return application_; }

  PlantDescription description_;
  WakeableTimeline timeline_;
  RestoreReport replayed_;
  bool has_lent_ = false;
  FixedText last_failure_{};
  std::unique_ptr<ClockKeeper> keeper_;  // null: only reads
  BoardControls* controls_ = nullptr;    // the keeper, when it is one of ours

 private:
  class Grant;
  struct Sampled {
    double period_seconds = 0.0;
    std::optional<double> time_seconds;  // of the last reading
    std::vector<std::optional<double>> values;
    bool is_due(double now) const { return !time_seconds || now - *time_seconds >= period_seconds; }
  };

  std::unique_ptr<Backup> take_board();
  void add_batch(ControlSet& controls);

  void note_needs();
  void tell_unreadable(const std::vector<std::string>& files) const;
  FileError read_domains(Telemetry& telemetry);
  FileError read_cpus(Telemetry& telemetry);
  FileError read_power(Telemetry& telemetry);
  FileError read_temperatures(Telemetry& telemetry);
  void read_application(Telemetry& telemetry);
  void tell_once(const FileError& error);
  void refresh_limits() noexcept;

  JetsonConfig config_;
  std::string root_;
  std::unique_ptr<BoardLock> lock_;
  std::vector<std::unique_ptr<DomainReader>> readers_;  // per domain; null: offline at the start
  std::vector<bool> is_needed_;                         // per domain
  std::vector<DomainTelemetry> seen_;                   // per domain, when it was read last
  std::optional<double> all_seconds_;                   // when all of each was read
  bool is_all_due_ = true;                              // at this reading
  Stamped<std::vector<CpuTelemetry>> seen_cpus_;        // where nothing needs them
  CpuTimes cpu_times_;
  PowerSensors power_;
  ThermalZones thermal_;
  ApplicationSource application_;
  bool application_is_well_ = true;
  Sampled watts_;
  Sampled celsius_;
  std::vector<bool> lent_;         // per knob
  std::vector<std::string> told_;  // files whose failure was told
};

class JetsonPlant::Implementation::Grant final : public LeaseGrant {
 public:
  Grant(Implementation& plant, std::vector<std::size_t> knobs)
      : plant_(plant), knobs_(std::move(knobs)) {}
  ~Grant() override { plant_.give_back(knobs_); }
  std::error_code apply(const Setting& setting) noexcept override {
    return plant_.apply(knobs_, setting);
  }

 private:
  Implementation& plant_;
  std::vector<std::size_t> knobs_;
};

JetsonPlant::Implementation::Implementation(JetsonConfig config)
    : timeline_(config.wake_descriptor),
      config_(std::move(config)),
      root_(root_text(config_.root)),
      cpu_times_(root_),
      power_(root_, config_.board.rails),
      thermal_(root_, describe(config_.board, find_mode(config_.board, config_.board.default_mode),
                               std::nullopt)
                          .zones),
      application_(root_, config_.application_patience_seconds) {
  const Board& board = config_.board;
  check_is_board(root_, board);
  std::unique_ptr<Backup> backup = take_board();
  description_.board = board.id;
  description_.cpus = board.cpus;
  if (power_.any()) description_.rails = board.rails;
  if (thermal_.any()) description_.zones = names_of(board.zones);
  DiscoveredBoard found = discover_board(root_, board, config_.tables);
  description_.domains = std::move(found.domains);
  description_.knobs = std::move(found.knobs);
  readers_ = std::move(found.readers);
  add_batch(found.controls);
  description_.has_application = application_.way() != ApplicationWay::kNone;
  auto controls = std::make_unique<BoardControls>(
      root_, std::move(backup), std::move(found.controls), config_.yield, config_.tell);
  description_.limits = controls->state().limits;
  controls_ = controls.get();
  keeper_ = std::move(controls);
  validate(description_);
  note_needs();
  tell_unreadable(power_.unreadable());
  tell_unreadable(thermal_.unreadable());
  watts_ = {config_.power_period_seconds, std::nullopt, {}};
  watts_.values.resize(board.rails.size());
  celsius_ = {config_.temperature_period_seconds, std::nullopt, {}};
  celsius_.values.resize(board.zones.size());
  lent_.resize(description_.knobs.size());
}

// A backup that is still there was left by a process that died, or whose restoring failed.
std::unique_ptr<Backup> JetsonPlant::Implementation::take_board() {
  if (!config_.only_reads) lock_ = std::make_unique<BoardLock>(config_.root);
  auto backup = std::make_unique<Backup>(config_.root, config_.state_directory);
  if (config_.only_reads) {
    if (backup->exists()) {
      throw std::runtime_error(
          fmt::format("{}: another flyballd governs, or one that was killed left its clocks: "
                      "`flyballd restore` "
                      "puts them back",
                      backup->path().string()));
    }
    return backup;
  }
  replayed_ = replay(*backup);
  if (!replayed_.succeeded()) {
    throw std::runtime_error(fmt::format("the state left by an earlier run cannot be put back: {}",
                                         replayed_.failures.front()));
  }
  for (const std::string& remark : replayed_.remarks) {
    if (config_.tell) config_.tell(remark);
  }
  return backup;
}

void JetsonPlant::Implementation::add_batch(ControlSet& controls) {
  std::vector<double> levels = application_.batch_levels();
  if (levels.empty()) return;
  controls.batch = application_.batch_control(*controls.table);
  controls.knobs.push_back({"batch", levels, {}});
  description_.knobs.push_back({"batch", std::move(levels), {}});
}

void JetsonPlant::Implementation::set_keeper(std::unique_ptr<ClockKeeper> keeper) {
  keeper_ = std::move(keeper);
  controls_ = nullptr;
  lock_.reset();
}

void JetsonPlant::Implementation::refresh_limits() noexcept {
  description_.limits = keeper_->state().limits;  // as many as before: allocates nothing
}

std::error_code JetsonPlant::Implementation::read(Telemetry& telemetry) noexcept {
  FileError first;
  const auto keep = [&](const FileError& error) {
    if (error && !first) first = error;
  };
  try {
    keeper_->look(timeline_.now_seconds());
    refresh_limits();
    keep(read_domains(telemetry));
    keep(read_cpus(telemetry));
    keep(read_power(telemetry));
    keep(read_temperatures(telemetry));
    read_application(telemetry);
    telemetry.time_seconds = timeline_.now_seconds();  // no stamp lies after it
    if (first) put_text(last_failure_, fmt::format("{}: {}", first.file, first.code.message()));
  } catch (const std::bad_alloc&) {  // only a telemetry's first filling allocates
    return std::make_error_code(std::errc::not_enough_memory);
  }
  return first.code;
}

// Each file once: a sensor that fails for good is absent for good.
void JetsonPlant::Implementation::tell_once(const FileError& error) {
  if (!error || !config_.tell || std::ranges::find(told_, error.file) != told_.end()) return;
  told_.emplace_back(error.file);
  config_.tell(
      fmt::format("{}: {}: absent as long as this lasts", error.file, error.code.message()));
}

// The domains of the knobs that are needed.
void JetsonPlant::Implementation::note_needs() {
  const std::vector<std::string>& names = config_.needs.knobs;
  is_needed_.assign(description_.domains.size(), names.empty());
  seen_.resize(description_.domains.size());
  for (const Knob& knob : description_.knobs) {
    if (std::ranges::find(names, knob.name) == names.end()) continue;
    for (const std::size_t d : knob.domains) is_needed_[d] = true;
  }
}

FileError JetsonPlant::Implementation::read_domains(Telemetry& telemetry) {
  const double now = timeline_.now_seconds();
  is_all_due_ = config_.reads_all || !all_seconds_ || now - *all_seconds_ >= kAllSeconds;
  if (is_all_due_) all_seconds_ = now;
  const DomainPart part = is_all_due_ ? DomainPart::kAll : DomainPart::kClock;
  FileError first;
  auto& domains = telemetry.domains.refill(now);
  domains.resize(readers_.size());
  for (std::size_t d = 0; d < readers_.size(); ++d) {
    DomainTelemetry& seen = seen_[d];
    if (!readers_[d]) seen.requested_hz = seen.effective_hz = 0.0;
    domains[d] = seen;
    if (!readers_[d] || (!is_all_due_ && !is_needed_[d])) continue;
    const DomainErrors errors = readers_[d]->read(now, part, seen);
    if (errors) all_seconds_.reset();
    if (errors.limits) seen = {};
    domains[d] = seen;
    tell_once(errors.limits);
    tell_once(errors.clock);
    // Where nothing is turned a kernel without the file is nothing to tell.
    if (is_needed_[d] || !is_gone(errors.load.code)) tell_once(errors.load);
    if (!is_needed_[d] || first) continue;
    first = errors.limits;
    if (!first && config_.needs.clocks) first = errors.clock;
  }
  return first;
}

void JetsonPlant::Implementation::tell_unreadable(const std::vector<std::string>& files) const {
  if (!config_.tell) return;
  for (const std::string& file : files) {
    config_.tell(file + ": cannot be read, or is empty, so the sensor that it names is absent");
  }
}

FileError JetsonPlant::Implementation::read_cpus(Telemetry& telemetry) {
  const bool is_seen = !config_.needs.cpus && !is_all_due_;
  if (is_seen) telemetry.cpus = seen_cpus_;
  if (is_seen) return {};
  auto& cpus = telemetry.cpus.refill(timeline_.now_seconds());
  cpus.resize(static_cast<std::size_t>(description_.cpus));
  const FileError error = cpu_times_.read(cpus);
  if (!config_.needs.cpus && !error) seen_cpus_ = telemetry.cpus;
  if (!error) return {};
  seen_cpus_.clear();
  telemetry.cpus.clear();
  tell_once(error);
  return config_.needs.cpus ? error : FileError{};
}

FileError JetsonPlant::Implementation::read_power(Telemetry& telemetry) {
  telemetry.rail_watts.clear();
  telemetry.total_watts.clear();
  if (description_.rails.empty()) return {};
  const double now = timeline_.now_seconds();
  FileError error;
  if (watts_.is_due(now)) {
    error = power_.read(watts_.values);
    tell_once(error);
    watts_.time_seconds = now;
  }
  telemetry.rail_watts.refill(*watts_.time_seconds) = watts_.values;
  const std::optional<double> total =
      module_power(config_.board, std::span<const std::optional<double>>(watts_.values));
  if (total) telemetry.total_watts.refill(*watts_.time_seconds) = *total;
  return total || !config_.needs.power ? FileError{} : error;
}

FileError JetsonPlant::Implementation::read_temperatures(Telemetry& telemetry) {
  telemetry.temperatures_celsius.clear();
  if (description_.zones.empty()) return {};
  const double now = timeline_.now_seconds();
  FileError error;
  if (celsius_.is_due(now)) {
    error = thermal_.read(celsius_.values);
    tell_once(error);
    celsius_.time_seconds = now;
  }
  if (all_absent(celsius_.values)) return config_.needs.temperature ? error : FileError{};
  telemetry.temperatures_celsius.refill(*celsius_.time_seconds) = celsius_.values;
  return {};
}

// An application that says nothing, or nonsense, is no error of the board: its figures are absent.
void JetsonPlant::Implementation::read_application(Telemetry& telemetry) {
  telemetry.application.clear();
  if (!description_.has_application) return;
  const FileError error = application_.read(timeline_.now_seconds(), telemetry.application);
  const bool is_well = !error;
  if (is_well == application_is_well_) return;
  application_is_well_ = is_well;
  if (!config_.tell) return;
  config_.tell(is_well ? std::string("the application's figures are back")
                       : fmt::format("{}: {}: the application's figures are absent until they are "
                                     "back",
                                     error.file, error.code.message()));
}

ControlLease JetsonPlant::Implementation::lease(std::span<const std::size_t> knobs) {
  if (config_.only_reads) throw std::logic_error("a board that is only read lends nothing");
  std::vector<bool> lent = lent_;
  for (const std::size_t knob : knobs) {
    if (knob >= lent.size()) {
      throw std::invalid_argument(fmt::format("no knob {}; there are {}", knob, lent.size()));
    }
    if (lent[knob]) {
      throw std::logic_error(fmt::format("knob {} is already lent", description_.knobs[knob].name));
    }
    lent[knob] = true;
  }
  std::vector<std::size_t> leased(knobs.begin(), knobs.end());
  keeper_->lend(knobs);
  has_lent_ = true;
  lent_ = std::move(lent);
  auto grant = std::make_unique<Grant>(*this, leased);
  return ControlLease(std::move(leased), std::move(grant));
}

std::error_code JetsonPlant::Implementation::apply(std::span<const std::size_t> knobs,
                                                   const Setting& setting) noexcept {
  const std::error_code error = keeper_->apply(knobs, setting);
  refresh_limits();
  if (error) last_failure_ = keeper_->state().last_failure;
  return error;
}

void JetsonPlant::Implementation::give_back(std::span<const std::size_t> knobs) noexcept {
  for (const std::size_t k : knobs) lent_[k] = false;
  keeper_->give_back(knobs);
}

JetsonPlant::JetsonPlant(JetsonConfig config)
    : implementation_(std::make_unique<Implementation>(std::move(config))) {}

JetsonPlant::~JetsonPlant() = default;

const PlantDescription& JetsonPlant::description() const { return implementation_->description_; }

Timeline& JetsonPlant::timeline() { return implementation_->timeline_; }

std::error_code JetsonPlant::read(Telemetry& telemetry) noexcept {
  return implementation_->read(telemetry);
}

ControlLease JetsonPlant::lease(std::span<const std::size_t> knobs) {
  return implementation_->lease(knobs);
}

const RestoreReport& JetsonPlant::restore_report() const {
  return implementation_->has_lent_ ? implementation_->keeper_->state().report
                                    : implementation_->replayed_;
}

const char* JetsonPlant::last_failure() const { return implementation_->last_failure_.data(); }

const ApplicationSource& JetsonPlant::application() const { return implementation_->application(); }

BoardControls* JetsonPlant::controls() { return implementation_->controls_; }

void JetsonPlant::set_keeper(std::unique_ptr<ClockKeeper> keeper) {
  implementation_->set_keeper(std::move(keeper));
}

}  // namespace flyball
