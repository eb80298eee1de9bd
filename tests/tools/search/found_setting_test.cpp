#include "tools/search/found_setting.h"

#include <doctest/doctest.h>

#include "env/errors.h"
#include "env/jetson/nvpmodel.h"
#include "policies/dense_policy.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/board_config.h"

using namespace flyball;

namespace {

Board board(const std::string& id) {
  return load_board(FLYBALL_SOURCE_DIR "/configs/boards/" + id + ".toml").board;
}

// Two levels of each knob of the board: its first and its last.
SearchSpace few_levels(const Board& of) {
  std::vector<Knob> knobs;
  std::vector<LevelRange> limits;
  for (const Knob& knob : of.knobs) {
    knobs.push_back({knob.name, {knob.levels.front(), knob.levels.back()}, knob.domains});
    limits.push_back({0, 1});
  }
  return {knobs, limits};
}

}  // namespace

TEST_CASE("a setting of part of the tables is found in the whole ones") {
  const Board nano = board("nano-4gb");
  const FoundSetting found = found_setting(nano, few_levels(nano), few_levels(nano).start());
  REQUIRE(found.levels.size() == nano.knobs.size());
  for (std::size_t k = 0; k < nano.knobs.size(); ++k) {
    CHECK(found.levels[k] == nano.knobs[k].levels.size() - 1);
  }
  const SearchSpace other({{"npu", {1e9}, {0}}}, {{0, 0}});
  CHECK_THROWS_AS(found_setting(nano, other, 0), DataError);
}

TEST_CASE("the policy always asks for the setting, on the board's own tables") {
  const Board nano = board("nano-4gb");
  const FoundSetting found = found_setting(nano, few_levels(nano), few_levels(nano).start() - 1);
  const TemporaryDirectory folder;
  const auto path = folder.path() / "P.flyball";
  save_policy(path, fixed_policy(nano.id, found, "resnet18"));
  DensePolicy policy(load_policy(path));
  const std::size_t action = policy.decide(std::vector<float>{0.3F});
  CHECK(action == action_space_of(found.knobs).index_of(found.levels));
}

TEST_CASE("the block of nvpmodel says the same clocks on every board") {
  for (const char* id : {"nano-4gb", "tx2-8gb", "agx-xavier-32gb", "orin-nx-16gb"}) {
    CAPTURE(id);
    const Board of = board(id);
    const FoundSetting found = found_setting(of, few_levels(of), 0);
    const std::string block = nvpmodel_block(of, found, of.cpus / 2);
    const std::vector<PowerMode> modes = parse_nvpmodel_conf(block, of.cpus);
    REQUIRE(modes.size() == 1);
    CHECK(modes[0].name == "FLYBALL");
    CHECK(modes[0].cpus_online == of.cpus / 2);
    const auto value = [&](const char* name) {
      const std::size_t k = find_knob(found.knobs, name);
      return found.knobs[k].levels[found.levels[k]];
    };
    REQUIRE(modes[0].cpu_max_hz);
    CHECK(*modes[0].cpu_max_hz == doctest::Approx(value("cpu")).epsilon(1e-5));
    CHECK(modes[0].cpu_min_hz == modes[0].cpu_max_hz);
    CHECK(*modes[0].gpu_max_hz == doctest::Approx(value("gpu")));
    CHECK(modes[0].gpu_min_hz == modes[0].gpu_max_hz);
    CHECK(*modes[0].emc_max_hz == doctest::Approx(value("emc")));
  }
}

TEST_CASE("what nvpmodel cannot hold is said beside it") {
  Board nano = board("nano-4gb");
  const FoundSetting found{{{"batch", {1.0, 4.0}, {}}}, {1}};
  CHECK(nvpmodel_block(nano, found, 4).find("# Not of nvpmodel: batch 4.") != std::string::npos);
}
