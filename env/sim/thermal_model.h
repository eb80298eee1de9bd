// Heat: junction, heat sink and ambient as two stages of resistance and capacitance (or one), with
// a fan on the sink. Between two changes power is constant, so the temperatures are integrated in
// closed form. Not thread-safe; time arrives as an argument.
//
//   Cj Tj' = P - (Tj - Ts) / Rjs,   Cs Ts' = (Tj - Ts) / Rjs - (Ts - Ta) / Rsa(pwm)
//   Cj = junction_time_constant / Rjs,   Cs = time_constant / Rsa(0)
#pragma once

#include <cstddef>
#include <limits>

#include "env/sim/sim_config.h"

namespace flyball {

class ThermalModel {
 public:
  explicit ThermalModel(const ThermalConfig& config);

  // Lets `elapsed_seconds` pass with `watts` turned into heat.
  void advance(double elapsed_seconds, double watts);

  double junction_celsius() const { return junction_; }
  double sink_celsius() const { return sink_; }
  double ambient_celsius() const { return ambient_; }

  // When the ambient temperature changes next; infinity if it will not.
  double next_ambient_seconds() const;
  // Takes over the ambient temperatures due by now. Requires: advanced up to now.
  void change_ambient(double now_seconds);

  bool has_fan() const { return !config_.fan.steps.empty(); }
  // Sets the fan by the junction's temperature. Requires: advanced up to now.
  void control_fan();
  double fan_pwm() const;
  double fan_watts() const { return fan_watts_; }

 private:
  void set_conductance();
  void advance_two_stages(double elapsed_seconds, double watts);

  ThermalConfig config_;
  double junction_;
  double sink_;
  double ambient_;
  std::size_t next_step_ = 0;
  std::size_t fan_step_ = 0;  // 0: still; n: steps[n - 1]
  double fan_watts_ = 0.0;
  // With the fan as it is:
  double sink_kelvin_per_watt_ = 0.0;
  double sink_time_constant_ = 0.0;
  // Two stages: d' = [[-a, a], [b, -(b + c)]] d for the distances from the steady state, with the
  // rates' mean m and half their distance q.
  double a_ = 0.0;
  double b_ = 0.0;
  double c_ = 0.0;
  double m_ = 0.0;
  double q_ = 0.0;
};

}  // namespace flyball
