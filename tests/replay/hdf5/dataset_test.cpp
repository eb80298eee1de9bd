#include "replay/hdf5/dataset.h"

#include <doctest/doctest.h>
#include <hdf5.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "replay/hdf5/hdf5_file.h"
#include "tests/replay/hdf5/sample_dataset.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

bool same(const SpanCost& a, const SpanCost& b) {
  return a.seconds == b.seconds && a.energy_joules == b.energy_joules &&
         a.in_system_seconds == b.in_system_seconds && a.served == b.served && a.missed == b.missed;
}

void check_same(const Transition& a, const Transition& b) {
  CHECK(a.observation == b.observation);
  CHECK(a.next_observation == b.next_observation);
  CHECK(a.effect_observation == b.effect_observation);
  CHECK(a.action == b.action);
  CHECK(same(a.before_effect, b.before_effect));
  CHECK(same(a.after_effect, b.after_effect));
  CHECK(a.effect_seconds == b.effect_seconds);
  CHECK(a.seconds == b.seconds);
  CHECK(a.weight == b.weight);
  CHECK(a.decided_by == b.decided_by);
  CHECK(a.probability == b.probability);
  CHECK(a.terminated == b.terminated);
  CHECK(a.truncated == b.truncated);
}

std::string error_of(const std::filesystem::path& path) {
  try {
    read_dataset(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

// A file as another program would write it: Minari's names and nothing else.
struct Foreign {
  explicit Foreign(const std::filesystem::path& path) : root(Hdf5Group::create_file(path)) {
    root.set_attribute("dataset_id", std::string("other/data-v0"));
  }
  // Three steps of two values.
  void add_episode(const std::string& name, const std::vector<float>& observations,
                   const std::vector<std::int64_t>& actions, const std::vector<double>& rewards) {
    Hdf5Group episode = root.create_group(name);
    episode.write<float>("observations", observations, {observations.size() / 2, 2});
    episode.write<std::int64_t>("actions", actions, {actions.size()});
    episode.write<double>("rewards", rewards, {rewards.size(), 1});  // as older versions say
    const std::vector<Hdf5Bool> no(rewards.size(), Hdf5Bool::kFalse);
    std::vector<Hdf5Bool> last = no;
    last.back() = Hdf5Bool::kTrue;
    episode.write<Hdf5Bool>("terminations", last, {last.size()});
    episode.write<Hdf5Bool>("truncations", no, {no.size()});
  }
  Hdf5Group root;
};

}  // namespace

TEST_CASE("a dataset reads back as the same bits") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  const auto transitions = sample_transitions();
  write_dataset(path, sample_info(), transitions);
  const Dataset read = read_dataset(path);
  REQUIRE(read.transitions.size() == transitions.size());
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    CAPTURE(i);
    check_same(read.transitions[i], transitions[i]);
  }
  const DatasetInfo info = sample_info();
  CHECK_FALSE(read.rewards_only);
  CHECK(read.episodes == 3);
  CHECK(read.action_count == 12);
  CHECK(read.info.id == info.id);
  CHECK(read.info.version == info.version);
  CHECK(read.info.board == info.board);
  CHECK(read.info.scenario == info.scenario);
  CHECK(read.info.limits == info.limits);
  REQUIRE(read.info.knobs.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(read.info.knobs[k].name == info.knobs[k].name);
    CHECK(read.info.knobs[k].levels == info.knobs[k].levels);
    CHECK(read.info.knobs[k].domains == info.knobs[k].domains);
  }
  CHECK(read.info.period_seconds == info.period_seconds);
  CHECK(read.info.observation_names == info.observation_names);
  CHECK(read.info.encoding == info.encoding);
  CHECK(read.info.credit == info.credit);
  CHECK(read.info.counts.rows == 700);
  CHECK(read.info.counts.random == 9);
  CHECK(same(read.info.residents, info.residents));
  CHECK(read.info.reward.energy_reference_joules == 8.25);
  CHECK(read.info.sources == info.sources);
  CHECK(read.info.simulated);
  CHECK(read.info.costs_are_rewards);
}

TEST_CASE("the file has Minari's names and shapes") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  const Hdf5Group root = Hdf5Group::open_file(path);
  CHECK(root.link_count() == 3);  // episodes and nothing else: Minari counts the links
  CHECK(root.attribute<std::int64_t>("total_episodes").front() == 3);
  CHECK(root.attribute<std::int64_t>("total_steps").front() == 60);
  CHECK(root.attribute<std::string>("dataset_id").front() == "nano-4gb/sample-v0");
  CHECK(root.attribute<std::string>("action_space").front() ==
        R"({"type": "Discrete", "dtype": "int64", "start": 0, "n": 12})");
  CHECK(root.attribute<std::string>("observation_space").front() ==
        R"({"type": "Box", "dtype": "float32", "shape": [3], "low": [-10.0, -10.0, -10.0], )"
        R"("high": [10.0, 10.0, 10.0]})");
  const Hdf5Group episode = root.group("episode_0");
  CHECK(episode.attribute<std::int64_t>("id").front() == 0);
  CHECK(episode.attribute<std::int64_t>("total_steps").front() == 21);
  CHECK(episode.read<float>("observations").shape == std::vector<std::size_t>{22, 3});
  CHECK(episode.read<std::int64_t>("actions").shape == std::vector<std::size_t>{21});
  const auto rewards = episode.read<double>("rewards");
  const Transition first = sample_transitions().front();
  CHECK(rewards.values.front() ==
        -(*first.before_effect.energy_joules + *first.after_effect.energy_joules) / 8.25);
  CHECK(episode.attribute<double>("rewards_max").front() ==
        *std::max_element(rewards.values.begin(), rewards.values.end()));
  CHECK(episode.read<Hdf5Bool>("terminations").values.back() == Hdf5Bool::kFalse);
  CHECK(episode.read<Hdf5Bool>("truncations").values.back() == Hdf5Bool::kTrue);
  CHECK(episode.group("infos").read<double>("after_effect").shape ==
        std::vector<std::size_t>{22, 5});
}

TEST_CASE("a folder is laid out as Minari keeps its datasets") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "sample-v0";
  write_dataset(path, sample_info(), sample_transitions());
  CHECK(read_dataset(path).transitions.size() == 60);
  std::ifstream stream(path / "data" / "metadata.json");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  CHECK(text.find("\"data_format\": \"hdf5\"") != std::string::npos);
  CHECK(text.find("\"action_space\": \"{\\\"type\\\": \\\"Discrete\\\"") != std::string::npos);
  CHECK(error_of(directory.path()).find("no dataset: data/main_data.hdf5") != std::string::npos);
}

TEST_CASE("writing replaces a file as a whole or not at all") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions(30));
  auto transitions = sample_transitions();
  transitions[5].observation[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(write_dataset(path, sample_info(), transitions),
                       "transition 5: observations must be finite", std::invalid_argument);
  CHECK(read_dataset(path).transitions.size() == 30);
  CHECK_THROWS_AS(write_dataset("/no/such/folder/d.hdf5", sample_info(), sample_transitions()),
                  std::runtime_error);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    (void)entry;
    ++files;
  }
  CHECK(files == 1);
}

TEST_CASE("the same transitions make the same bytes, at any time") {
  const TemporaryDirectory directory;
  const auto bytes = [&](const char* name) {
    write_dataset(directory.path() / name, sample_info(), sample_transitions());
    std::ifstream stream(directory.path() / name, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  CHECK(bytes("a.hdf5") == bytes("b.hdf5"));
  const hid_t file = H5Fopen((directory.path() / "a.hdf5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  REQUIRE(file >= 0);
  int objects = 0;
  const auto has_no_time = [](hid_t, const char* name, const H5O_info_t* info, void* count) {
    CAPTURE(name);
    CHECK(info->ctime == 0);
    CHECK(info->mtime == 0);
    ++*static_cast<int*>(count);
    return herr_t{0};
  };
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, has_no_time, &objects, H5O_INFO_TIME);
  H5Fclose(file);
  CHECK(objects > 40);
}

TEST_CASE("many short episodes stay small") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  auto transitions = sample_transitions(600);
  for (std::size_t i = 0; i < transitions.size(); i += 2) transitions[i].truncated = true;
  write_dataset(path, sample_info(), transitions);
  CHECK(read_dataset(path).episodes == 301);
  CHECK(std::filesystem::file_size(path) < 301 * 8000);
}

TEST_CASE("a file with rewards alone is read as costs of one request a step") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  {
    Foreign file(path);
    file.add_episode("episode_0", {0, 1, 2, 3, 4, 5, 6, 7}, {0, 4, 1}, {-1.5, 2.0, 0.0});
    file.add_episode("episode_1", {8, 9, 10, 11}, {2}, {-3.0});
  }
  const Dataset read = read_dataset(path);
  CHECK(read.rewards_only);
  CHECK(read.info.id == "other/data-v0");
  CHECK(read.info.knobs.empty());
  CHECK(read.observation_size == 2);
  CHECK(read.action_count == 5);
  CHECK(read.episodes == 2);
  REQUIRE(read.transitions.size() == 4);
  CHECK(read.transitions[0].after_effect.energy_joules == 1.5);
  CHECK(read.transitions[1].after_effect.energy_joules == -2.0);
  CHECK(read.transitions[1].next_observation == std::vector<float>{4, 5});
  CHECK(read.transitions[1].after_effect.served == 1.0);
  CHECK(read.transitions[2].terminated);
  CHECK(read.transitions[3].observation == std::vector<float>{8, 9});
}

TEST_CASE("a malformed file is refused with its name and the place inside it") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  const auto begins = [&](const std::string& error, const std::string& rest) {
    CAPTURE(error);
    CHECK(error.starts_with(path.string() + ": " + rest));
  };
  SUBCASE("not HDF5") {
    std::ofstream(path) << "time_seconds,watts\n";
    begins(error_of(path), "not a readable HDF5 file");
  }
  SUBCASE("not there") { begins(error_of(path), "does not exist"); }
  SUBCASE("cut short anywhere") {
    write_dataset(path, sample_info(), sample_transitions());
    const auto size = std::filesystem::file_size(path);
    for (const std::uintmax_t part : {1U, 2U, 5U, 9U}) {
      std::filesystem::resize_file(path, size * (10 - part) / 10);
      begins(error_of(path), "not a readable HDF5 file");
      write_dataset(path, sample_info(), sample_transitions());
    }
  }
  SUBCASE("no episode") {
    { Foreign file(path); }
    begins(error_of(path), "episode_0: missing: not a dataset in Minari's layout");
  }
  SUBCASE("an episode too few") {
    {
      Foreign file(path);
      file.root.set_attribute("total_episodes", std::int64_t{2});
      file.add_episode("episode_0", {0, 1, 2, 3}, {0}, {1.0});
    }
    begins(error_of(path), "episode_1: missing; the file says that it has 2 episodes");
  }
  SUBCASE("a missing dataset") {
    {
      Foreign file(path);
      file.root.create_group("episode_0")
          .write<float>("observations", std::vector<float>(4), {2, 2});
    }
    begins(error_of(path), "episode_0/actions: missing");
  }
  SUBCASE("wrong shapes") {
    {
      Foreign file(path);
      file.add_episode("episode_0", {0, 1, 2, 3, 4, 5}, {0}, {1.0});
    }
    begins(error_of(path), "episode_0/actions: shape (1) where (2) is expected");
  }
  SUBCASE("observations that change their size") {
    {
      Foreign file(path);
      file.add_episode("episode_0", {0, 1, 2, 3}, {0}, {1.0});
      Hdf5Group episode = file.root.create_group("episode_1");
      episode.write<float>("observations", std::vector<float>(6), {2, 3});
    }
    begins(error_of(path), "episode_1/observations: 3 values where 2 are expected");
  }
  SUBCASE("not a number") {
    {
      Foreign file(path);
      file.add_episode("episode_0", {0, 1, 2, std::numeric_limits<float>::quiet_NaN()}, {0}, {1});
    }
    begins(error_of(path), "episode_0/observations: row 1: nan is not finite");
  }
  SUBCASE("continuous actions") {
    {
      Foreign file(path);
      Hdf5Group episode = file.root.create_group("episode_0");
      episode.write<float>("observations", std::vector<float>(4), {2, 2});
      episode.write<float>("actions", std::vector<float>(1), {1});
    }
    begins(error_of(path), "episode_0/actions: whole numbers expected");
  }
  SUBCASE("a negative action") {
    {
      Foreign file(path);
      file.add_episode("episode_0", {0, 1, 2, 3}, {-1}, {1.0});
    }
    begins(error_of(path), "episode_0/actions: row 0: -1 is no action");
  }
  SUBCASE("a group for an array") {
    {
      Foreign file(path);
      file.root.create_group("episode_0").create_group("observations");
    }
    begins(error_of(path), "episode_0/observations: a Dict or Tuple space");
  }
}

TEST_CASE("one of ours without its costs is refused, not taken for rewards alone") {
  const TemporaryDirectory directory;
  const auto ours = directory.path() / "ours.hdf5";
  const auto path = directory.path() / "d.hdf5";
  write_dataset(ours, sample_info(), sample_transitions(4));
  {
    Foreign file(path);
    file.root.set_attribute("flyball_version", std::string("0.1.0"));
    file.add_episode("episode_0", {0, 1, 2, 3}, {0}, {1.0});
  }
  CHECK(error_of(path) == path.string() + ": attribute flyball_board: missing");
}

TEST_CASE("an array that claims to be huge is refused before memory is taken for it") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t group = H5Gcreate2(file, "episode_0", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t size[] = {hsize_t{1} << 40, 4};
    const hsize_t chunk[] = {16, 4};
    const hid_t space = H5Screate_simple(2, size, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);  // nothing is stored of what is never written
    const hid_t dataset = H5Dcreate2(group, "observations", H5T_NATIVE_FLOAT, space, H5P_DEFAULT,
                                     creation, H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    H5Gclose(group);
    H5Fclose(file);
  }
  CHECK(error_of(path) ==
        path.string() + ": episode_0/observations: more than 1073741824 elements");
}
