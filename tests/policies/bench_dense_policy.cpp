// Prints the time of one decision of the network 16-128-64-32-1000 (cost and constraint apart), as
// p50 and p99 over 20,000 decisions. Not a test: run it by hand.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "policies/dense_policy.h"
#include "tests/policies/sample_policy.h"

using namespace flyball;

namespace {

PolicyFile paper_policy(bool with_constraint) {
  std::mt19937_64 random(1);
  PolicyFile file;
  file.metadata = sample_metadata();
  std::vector<double> levels;
  for (int i = 1; i <= 10; ++i) levels.push_back(1e8 * i);
  file.metadata.knobs = {{"cpu", levels, false}, {"gpu", levels, false}, {"emc", levels, false}};
  file.metadata.encoder.with_queue = true;
  file.metadata.encoder.with_arrivals = true;
  file.metadata.encoder.with_eta = true;
  file.metadata.support.assign(1000, 1);
  const std::size_t inputs = observation_names(file.metadata).size();
  add_network(file, "cost", inputs, {128, 64, 32, 1000}, random);
  if (with_constraint) {
    file.metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.4, 1.0};
    add_network(file, "constraint", inputs, {128, 64, 32, 1000}, random);
  }
  return file;
}

void measure(const char* title, bool with_constraint) {
  DensePolicy policy(paper_policy(with_constraint));
  std::vector<float> observation(policy.observation_size(), 0.3F);
  std::vector<double> micros;
  std::size_t sum = 0;
  for (int i = 0; i < 21000; ++i) {
    observation[0] = static_cast<float>(i % 100) / 100.0F;
    const auto begin = std::chrono::steady_clock::now();
    sum += policy.decide(observation);
    const auto end = std::chrono::steady_clock::now();
    if (i >= 1000) micros.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
  }
  std::sort(micros.begin(), micros.end());
  fmt::print("{}: {} inputs, p50 {:.2f} us, p99 {:.2f} us (mean action {:.0f})\n", title,
             observation.size(), micros[micros.size() / 2], micros[micros.size() * 99 / 100],
             static_cast<double>(sum) / 21000.0);
}

}  // namespace

int main() {
  measure("cost alone", false);
  measure("cost and constraint", true);
  return 0;
}
