#include "tests/support/fake_plant.h"

#include <cmath>
#include <stdexcept>

namespace flyball {

class FakePlant::Grant final : public LeaseGrant {
 public:
  Grant(FakePlant& plant, std::vector<std::size_t> knobs)
      : plant_(plant), knobs_(std::move(knobs)) {
    ++plant_.leases_held_;
    for (const std::size_t k : knobs_) plant_.lent_[k] = true;
  }
  ~Grant() override {
    --plant_.leases_held_;
    for (const std::size_t k : knobs_) {
      plant_.lent_[k] = false;
      plant_.ranges_[k] = plant_.description_.limits[k];
    }
  }

  std::error_code apply(const Setting& setting) noexcept override {
    const double now = plant_.timeline_.now_seconds() + plant_.script_.apply_seconds;
    plant_.timeline_.set_now(now);
    if (plant_.script_.apply_fails(now)) return std::make_error_code(std::errc::io_error);
    Setting applied = setting;
    for (std::size_t i = 0; i < knobs_.size(); ++i) {
      applied[i] = clamped(setting[i], plant_.description_.limits[knobs_[i]]);
      plant_.ranges_[knobs_[i]] = applied[i];
    }
    plant_.applied_.push_back({now, applied});
    return {};
  }

 private:
  FakePlant& plant_;
  std::vector<std::size_t> knobs_;
};

FakePlant::FakePlant(FakePlantScript script)
    : script_(std::move(script)), timeline_([this](double time) { timeline_.set_now(time); }) {
  description_.board = "test-board";
  description_.domains = {{"cpu0", DomainKind::kCpu, {1e8, 2e8, 3e8}, 0.001, {0, 1}},
                          {"gpu", DomainKind::kGpu, {1e8, 2e8, 4e8, 8e8}, 0.005, {}}};
  description_.knobs = {{"cpu", {1e8, 2e8, 3e8}, {0}},
                        {"gpu", {1e8, 2e8, 4e8, 8e8}, {1}},
                        {"batch", {1.0, 2.0, 4.0, 8.0}, {}}};
  description_.limits = {{0, 2}, {0, 3}, {0, 3}};
  description_.rails = {"VDD_IN"};
  description_.zones = {"cpu"};
  description_.cpus = 2;
  description_.has_application = true;
  ranges_ = description_.limits;
  lent_.assign(description_.knobs.size(), false);
}

std::error_code FakePlant::read(Telemetry& telemetry) noexcept {
  timeline_.set_now(timeline_.now_seconds() + script_.read_seconds);
  const double now = timeline_.now_seconds();
  read_times_.push_back(now);
  telemetry.time_seconds = now;
  if (script_.read_fails(now)) {
    telemetry.domains.clear();
    telemetry.cpus.clear();
    telemetry.total_watts.clear();
    telemetry.application.clear();
    return std::make_error_code(std::errc::io_error);
  }
  fill_domains(telemetry);
  fill_application(telemetry);
  const std::optional<double> watts = script_.watts(now);
  if (watts) telemetry.total_watts.refill(now) = *watts;
  if (!watts) telemetry.total_watts.clear();
  return {};
}

void FakePlant::fill_domains(Telemetry& telemetry) const {
  const double now = telemetry.time_seconds;
  std::vector<DomainTelemetry>& domains = telemetry.domains.refill(now);
  domains.resize(description_.domains.size());
  for (std::size_t d = 0; d < domains.size(); ++d) {  // knob d turns domain d
    const std::vector<double>& table = description_.domains[d].frequencies_hz;
    const double floor_hz = table[ranges_[d].floor];
    const double ceiling_hz = table[ranges_[d].ceiling];
    domains[d] = {ceiling_hz, ceiling_hz, floor_hz, ceiling_hz, {}, {}};
    domains[d].utilization = script_.busy_share;
    if (description_.domains[d].kind != DomainKind::kCpu) {
      domains[d].busy_seconds = now * script_.busy_share;
    }
  }
  std::vector<CpuTelemetry>& cpus = telemetry.cpus.refill(now);
  cpus.resize(2);
  for (CpuTelemetry& cpu : cpus) {
    cpu = {true, now * script_.busy_share, now * (1.0 - script_.busy_share), 0.0};
  }
}

void FakePlant::fill_application(Telemetry& telemetry) const {
  const double now = telemetry.time_seconds;
  ApplicationTelemetry& application = telemetry.application.refill(now);
  application = {};
  application.served = static_cast<std::uint64_t>(now * script_.requests_per_second + 1e-9);
  application.arrived = application.served + 2;
  application.in_system_seconds = script_.in_system * now;
  application.queue_length = 2;
  application.batch_recommended = description_.knobs[2].levels[ranges_[2].ceiling];
  application.finished = script_.finished_seconds && now >= *script_.finished_seconds;
}

ControlLease FakePlant::lease(std::span<const std::size_t> knobs) {
  std::vector<std::size_t> list(knobs.begin(), knobs.end());
  for (const std::size_t k : list) {
    if (k >= lent_.size()) throw std::invalid_argument("no such knob");
    if (lent_[k]) throw std::logic_error(description_.knobs[k].name + " is already lent");
  }
  auto grant = std::make_unique<Grant>(*this, list);
  return ControlLease(std::move(list), std::move(grant));
}

void FakePlant::reserve(std::size_t records) {
  applied_.reserve(records);
  read_times_.reserve(records);
}

std::vector<std::size_t> FakePlant::all_knobs() const { return {0, 1, 2}; }

}  // namespace flyball
