#include "agent/training/checkpoint.h"

#include <doctest/doctest.h>

#include <fstream>

#include "agent/trainer.h"
#include "agent/training/crc32c.h"
#include "agent/training/training_data.h"
#include "env/errors.h"
#include "policies/policy_file.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/train_config.h"
#include "tools/training/training_sources.h"

using namespace flyball;

namespace {

TrainConfig small_config(const std::string& id) {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  TrainConfig config = load_train_config(id);
  config.simulations.front().log.duration_seconds = 200.0;
  config.trainer.steps = 40;
  return config;
}

TrainingSet load(const TrainConfig& config) {
  return load_training_set(config, 1, [](const std::string&, double) { return true; });
}

// The policy after all steps, leaving off and going on after `break_at`, if given.
std::string policy_bytes(TrainConfig config, const TrainingSet& set,
                         std::optional<std::uint64_t> break_at) {
  resolve_objective(config, set);
  auto trainer = std::make_unique<Trainer>(config.trainer, set);
  if (break_at) {
    trainer->run(1, [&](const TrainingProgress& p) { return p.step < *break_at; });
    const TemporaryDirectory directory;
    const auto path = directory.path() / "checkpoint";
    Checkpoint saved;
    StateSaver saver(saved);
    trainer->visit_state(saver);
    saved.write(path);
    trainer->run(1, [](const TrainingProgress&) { return true; });  // what comes after is lost
    trainer = std::make_unique<Trainer>(config.trainer, set);
    const Checkpoint read = Checkpoint::read(path);
    StateRestorer restorer(read);
    trainer->visit_state(restorer);
    CHECK(trainer->steps() == *break_at);
  }
  trainer->run(50, [](const TrainingProgress&) { return true; });
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, trainer->policy(config.spans.encoder, "test"));
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("training that is restored comes to the same bits") {
  for (const std::string id : {"quickstart", "cameras-xavier-nx"}) {
    for (const std::string variant : {"as shipped", "uniform", "looks ahead"}) {
      CAPTURE(id);
      CAPTURE(variant);
      TrainConfig config = small_config(id);
      if (variant == "uniform") config.trainer.replay = ReplayKind::kUniform;
      if (variant == "looks ahead") config.trainer.learner.gamma = 0.6;
      const TrainingSet set = load(config);
      const std::string whole = policy_bytes(config, set, std::nullopt);
      CHECK(policy_bytes(config, set, 17) == whole);
      CHECK(policy_bytes(config, set, 1) == whole);
    }
  }
}

TEST_CASE("CRC-32C as RFC 3720 gives it") {
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);
  CHECK(crc32c("") == 0U);
}

TEST_CASE("a checkpoint that is cut, damaged or of something else is refused") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "checkpoint";
  Checkpoint checkpoint;
  checkpoint.put("a", std::string("\0\1\2", 3));
  checkpoint.put("b", "");
  checkpoint.write(path);
  const Checkpoint read = Checkpoint::read(path);
  CHECK(read.get("a") == std::string("\0\1\2", 3));
  CHECK(read.get("b").empty());
  CHECK_THROWS_WITH_AS(read.get("c"), "checkpoint: c is missing", std::runtime_error);
  double wide = 0.0;
  StateRestorer restorer(read);
  CHECK_THROWS_WITH_AS(visit_value(restorer, "a", wide),
                       "checkpoint: a has 3 bytes where 8 are expected", std::runtime_error);
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, size);
    CHECK_THROWS_AS(Checkpoint::read(path), DataError);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    std::ofstream(path, std::ios::binary) << damaged;
    CHECK_THROWS_AS(Checkpoint::read(path), DataError);
  }
  CHECK_THROWS_AS(Checkpoint::read(directory.path() / "none"), DataError);
}
