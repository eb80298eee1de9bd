#include "env/jetson/jetson_plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/jetson/application_files.h"
#include "env/jetson/board_discovery.h"
#include "env/jetson/cpu_times.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/power_sensors.h"
#include "env/jetson/thermal_zones.h"
#include "env/wakeable_timeline.h"

namespace flyball {

namespace {

// "/" as the empty string, so that paths are root + "/sys/...".
std::string root_text(const std::filesystem::path& root) {
  std::string text = root.string();
  while (!text.empty() && text.back() == '/') text.pop_back();
  return text;
}

std::vector<std::string> names_of(const std::vector<ThermalZone>& zones) {
  std::vector<std::string> names;
  for (const ThermalZone& zone : zones) names.push_back(zone.name);
  return names;
}

void keep_first(std::error_code& first, const std::error_code& error) {
  if (!first) first = error;
}

}  // namespace

class JetsonPlant::Implementation {
 public:
  explicit Implementation(JetsonConfig config);

  std::error_code read(Telemetry& telemetry) noexcept;
  ControlLease lease(std::span<const std::size_t> knobs);
  std::error_code apply(std::span<const std::size_t> knobs, const Setting& setting) noexcept;
  void give_back(std::span<const std::size_t> knobs) noexcept;

  PlantDescription description_;
  WakeableTimeline timeline_;
  RestoreReport report_;

 private:
  class Grant;
  struct Sampled {
    double period_seconds = 0.0;
    std::optional<double> time_seconds;  // of the last good reading
    std::vector<std::optional<double>> values;
    bool is_due(double now) const { return !time_seconds || now - *time_seconds >= period_seconds; }
  };

  void replay();
  void discover_batch();

  std::error_code read_domains(Telemetry& telemetry);
  std::error_code read_power(Telemetry& telemetry);
  std::error_code read_temperatures(Telemetry& telemetry);

  void save_all();
  std::error_code apply_knob(const Knob& knob, LevelRange range) noexcept;
  std::error_code set_domain(std::size_t domain, FrequencyRange range) noexcept;
  std::error_code set_batch(long long requests) noexcept;
  void roll_back(long long batch) noexcept;
  void restore(std::span<const std::size_t> knobs);

  JetsonConfig config_;
  std::string root_;
  Backup backup_;
  std::vector<std::unique_ptr<DomainControl>> controls_;  // per domain; null: offline at the start
  std::vector<FrequencyRange> in_force_;                  // per domain, while leased
  std::vector<FrequencyRange> before_;                    // the same before the apply under way
  long long batch_in_force_ = 0;
  CpuTimes cpu_times_;
  PowerSensors power_;
  ThermalZones thermal_;
  ApplicationFiles application_;
  std::optional<std::size_t> total_rail_;
  Sampled watts_;
  Sampled celsius_;
  std::vector<bool> lent_;                               // per knob
  std::vector<std::vector<BackupRecord>> domain_saved_;  // what the backup holds, per domain
  std::vector<BackupRecord> batch_saved_;
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
      backup_(config_.root, config_.state_directory),
      cpu_times_(root_),
      power_(root_, config_.board.rails),
      thermal_(root_, describe(config_.board, find_mode(config_.board, config_.board.default_mode),
                               std::nullopt)
                          .zones),
      application_(root_),
      total_rail_(config_.board.total_rail) {
  replay();
  const Board& board = config_.board;
  description_.board = board.id;
  description_.cpus = board.cpus;
  if (power_.any()) description_.rails = board.rails;
  if (thermal_.any()) description_.zones = names_of(board.zones);
  DiscoveredBoard found = discover_board(root_, board);
  description_.domains = std::move(found.domains);
  description_.knobs = std::move(found.knobs);
  description_.limits = std::move(found.limits);
  controls_ = std::move(found.controls);
  in_force_.resize(controls_.size());
  before_.resize(controls_.size());
  discover_batch();
  description_.has_application = application_.present();
  validate(description_);
  watts_ = {config_.power_period_seconds, std::nullopt, {}};
  watts_.values.resize(board.rails.size());
  celsius_ = {config_.temperature_period_seconds, std::nullopt, {}};
  celsius_.values.resize(board.zones.size());
  lent_.resize(description_.knobs.size());
}

// A backup that is still there was left by a process that died, or whose restoring failed.
void JetsonPlant::Implementation::replay() {
  if (!backup_.exists()) return;
  report_ = backup_.restore(backup_.load());
  if (!report_.succeeded()) {
    throw std::runtime_error(fmt::format("the state left by an earlier run cannot be put back: {}",
                                         report_.failures.front()));
  }
  backup_.remove();
}

void JetsonPlant::Implementation::discover_batch() {
  if (!application_.present()) return;
  std::vector<double> levels = application_.batch_levels();
  if (levels.empty()) return;
  description_.limits.push_back({0, static_cast<Level>(levels.size() - 1)});
  description_.knobs.push_back({"batch", std::move(levels), {}});
}

std::error_code JetsonPlant::Implementation::read(Telemetry& telemetry) noexcept {
  std::error_code first;
  try {
    keep_first(first, read_domains(telemetry));
    auto& cpus = telemetry.cpus.refill(timeline_.now_seconds());
    cpus.resize(static_cast<std::size_t>(description_.cpus));
    if (const auto error = cpu_times_.read(cpus)) {
      telemetry.cpus.clear();
      keep_first(first, error);
    }
    keep_first(first, read_power(telemetry));
    keep_first(first, read_temperatures(telemetry));
    telemetry.application.clear();
    if (application_.present()) keep_first(first, application_.read(telemetry.application));
    telemetry.time_seconds = timeline_.now_seconds();  // no stamp lies after it
  } catch (const std::bad_alloc&) {                    // only a telemetry's first filling allocates
    return std::make_error_code(std::errc::not_enough_memory);
  }
  return first;
}

std::error_code JetsonPlant::Implementation::read_domains(Telemetry& telemetry) {
  const double now = timeline_.now_seconds();
  auto& domains = telemetry.domains.refill(now);
  domains.resize(controls_.size());
  for (std::size_t d = 0; d < controls_.size(); ++d) {
    domains[d] = {};
    if (!controls_[d]) continue;
    if (const auto error = controls_[d]->read(now, domains[d])) {
      telemetry.domains.clear();
      return error;
    }
  }
  return {};
}

std::error_code JetsonPlant::Implementation::read_power(Telemetry& telemetry) {
  telemetry.rail_watts.clear();
  telemetry.total_watts.clear();
  if (description_.rails.empty()) return {};
  const double now = timeline_.now_seconds();
  if (watts_.is_due(now)) {
    watts_.time_seconds.reset();
    if (const auto error = power_.read(watts_.values)) return error;
    watts_.time_seconds = now;
  }
  telemetry.rail_watts.refill(*watts_.time_seconds) = watts_.values;
  std::optional<double> total = 0.0;
  if (total_rail_) {
    total = watts_.values[*total_rail_];
  } else {
    for (const auto& rail : watts_.values) {
      total = total && rail ? std::optional(*total + *rail) : std::nullopt;
    }
  }
  if (total) telemetry.total_watts.refill(*watts_.time_seconds) = *total;
  return {};
}

std::error_code JetsonPlant::Implementation::read_temperatures(Telemetry& telemetry) {
  telemetry.temperatures_celsius.clear();
  if (description_.zones.empty()) return {};
  const double now = timeline_.now_seconds();
  if (celsius_.is_due(now)) {
    celsius_.time_seconds.reset();
    if (const auto error = thermal_.read(celsius_.values)) return error;
    celsius_.time_seconds = now;
  }
  telemetry.temperatures_celsius.refill(*celsius_.time_seconds) = celsius_.values;
  return {};
}

ControlLease JetsonPlant::Implementation::lease(std::span<const std::size_t> knobs) {
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
  const bool is_first = std::ranges::find(lent_, true) == lent_.end();
  if (is_first) save_all();
  auto grant = std::make_unique<Grant>(*this, leased);
  lent_ = std::move(lent);
  return ControlLease(std::move(leased), std::move(grant));
}

// Everything that any lease may write, before the first one writes.
void JetsonPlant::Implementation::save_all() {
  replay();
  report_ = {};
  domain_saved_.assign(controls_.size(), {});
  batch_saved_.clear();
  std::vector<BackupRecord> all;
  for (std::size_t d = 0; d < controls_.size(); ++d) {
    if (!controls_[d]) continue;
    DomainTelemetry now;
    if (const auto error = controls_[d]->read(timeline_.now_seconds(), now)) {
      throw std::system_error(error, "saving " + description_.domains[d].name);
    }
    in_force_[d] = {now.floor_hz, now.ceiling_hz};
    domain_saved_[d] = controls_[d]->save(root_);
    all.insert(all.end(), domain_saved_[d].begin(), domain_saved_[d].end());
  }
  if (!description_.knobs.empty() && description_.knobs.back().is_application()) {
    SysfsFile& file = application_.batch_recommended();
    BackupRecord record;
    record.path = relative_path(file.path(), root_);
    if (const auto error = file.read(record.value)) throw std::system_error(error, file.path());
    batch_in_force_ = record.value;
    batch_saved_ = {record};
    all.push_back(record);
  }
  backup_.save(all);
}

std::error_code JetsonPlant::Implementation::apply(std::span<const std::size_t> knobs,
                                                   const Setting& setting) noexcept {
  if (setting.size() != knobs.size()) return std::make_error_code(std::errc::invalid_argument);
  for (std::size_t d = 0; d < in_force_.size(); ++d) before_[d] = in_force_[d];
  const long long batch_before = batch_in_force_;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const LevelRange range = clamped(setting[k], description_.limits[knobs[k]]);
    if (const auto error = apply_knob(description_.knobs[knobs[k]], range)) {
      roll_back(batch_before);
      return error;
    }
  }
  return {};
}

// The error that led here is the one to report; what rolling back achieved shows in the telemetry.
void JetsonPlant::Implementation::roll_back(long long batch) noexcept {
  for (std::size_t d = 0; d < before_.size(); ++d) {
    if (!(in_force_[d] == before_[d])) static_cast<void>(set_domain(d, before_[d]));
  }
  if (batch != batch_in_force_) static_cast<void>(set_batch(batch));
}

std::error_code JetsonPlant::Implementation::apply_knob(const Knob& knob,
                                                        LevelRange range) noexcept {
  if (knob.is_application()) {
    return set_batch(static_cast<long long>(knob.levels[range.ceiling]));
  }
  for (const std::size_t domain : knob.domains) {
    const FrequencyRange wanted{knob.levels[range.floor], knob.levels[range.ceiling]};
    if (const auto error = set_domain(domain, wanted)) return error;
  }
  return {};
}

std::error_code JetsonPlant::Implementation::set_domain(std::size_t domain,
                                                        FrequencyRange range) noexcept {
  if (!controls_[domain]) return {};
  const std::error_code error = controls_[domain]->set(range);
  if (!error) in_force_[domain] = range;
  return error;
}

std::error_code JetsonPlant::Implementation::set_batch(long long requests) noexcept {
  SysfsFile& file = application_.batch_recommended();
  long long now = 0;
  const bool unchanged = !file.read(now) && now == requests;  // an application may restart
  const std::error_code error = unchanged ? std::error_code{} : file.write_checked(requests);
  if (!error) batch_in_force_ = requests;
  return error;
}

void JetsonPlant::Implementation::give_back(std::span<const std::size_t> knobs) noexcept {
  try {
    restore(knobs);
  } catch (const std::exception& error) {  // the backup stays for the next start
    try {
      report_.failures.emplace_back(error.what());
    } catch (const std::bad_alloc&) {
      report_.controls = 0;
    }
  }
}

void JetsonPlant::Implementation::restore(std::span<const std::size_t> knobs) {
  for (const std::size_t k : knobs) {
    lent_[k] = false;
    const Knob& knob = description_.knobs[k];
    std::vector<BackupRecord> records =
        knob.is_application() ? batch_saved_ : std::vector<BackupRecord>{};
    for (const std::size_t d : knob.domains) {
      records.insert(records.end(), domain_saved_[d].begin(), domain_saved_[d].end());
    }
    const RestoreReport one = backup_.restore(records);
    report_.controls += one.controls;
    report_.failures.insert(report_.failures.end(), one.failures.begin(), one.failures.end());
  }
  const bool any_lent = std::ranges::find(lent_, true) != lent_.end();
  if (!any_lent && report_.succeeded()) backup_.remove();
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

const RestoreReport& JetsonPlant::restore_report() const { return implementation_->report_; }

}  // namespace flyball
