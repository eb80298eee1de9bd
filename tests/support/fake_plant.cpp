#include "tests/support/fake_plant.h"

#include <cmath>

namespace flyball {

class FakePlant::Grant final : public LeaseGrant {
 public:
  Grant(FakePlant& plant, std::vector<std::size_t> knobs)
      : plant_(plant), knobs_(std::move(knobs)) {
    ++plant_.leases_held_;
  }
  ~Grant() override { --plant_.leases_held_; }

  std::error_code apply(const Setting& setting) noexcept override {
    const double now = plant_.timeline_.now_seconds() + plant_.script_.apply_seconds;
    plant_.timeline_.set_now(now);
    if (plant_.script_.apply_fails(now)) return std::make_error_code(std::errc::io_error);
    plant_.applied_.push_back({now, setting});
    for (std::size_t i = 0; i < knobs_.size(); ++i) {
      const Knob& knob = plant_.description_.knobs[knobs_[i]];
      const double value = knob.levels[setting[i].ceiling];
      for (const std::size_t d : knob.domains) plant_.frequencies_hz_[d] = value;
      if (knob.is_application()) plant_.batch_ = value;
    }
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
  frequencies_hz_ = {3e8, 8e8};
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
  for (std::size_t d = 0; d < domains.size(); ++d) {
    const std::vector<double>& table = description_.domains[d].frequencies_hz;
    domains[d] = {frequencies_hz_[d], frequencies_hz_[d], table.front(), table.back(), {}, {}};
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
  application.batch_recommended = batch_;
  application.finished = script_.finished_seconds && now >= *script_.finished_seconds;
}

ControlLease FakePlant::lease(std::span<const std::size_t> knobs) {
  std::vector<std::size_t> list(knobs.begin(), knobs.end());
  auto grant = std::make_unique<Grant>(*this, list);
  return ControlLease(std::move(list), std::move(grant));
}

void FakePlant::reserve(std::size_t records) {
  applied_.reserve(records);
  read_times_.reserve(records);
}

std::vector<std::size_t> FakePlant::all_knobs() const { return {0, 1, 2}; }

}  // namespace flyball
