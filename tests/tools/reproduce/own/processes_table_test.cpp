#include "tools/reproduce/own/processes_table.h"

#include <doctest/doctest.h>

#include <string>

#include "policies/safetensors.h"
#include "tests/agent/vision/idx_folder.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/offload/sample_network.h"

using namespace flyball;

TEST_CASE("the model is given what was measured, and adds the bytes at the link's rate") {
  UnlimitedLink link;
  link.edge_seconds = 0.002;
  link.cloud_seconds = 0.003;
  link.other_seconds = 0.005;
  link.bytes = 3600.0;
  const OffloadWork work = work_of(link, 0.5, 6272.0);
  CHECK(sent_bytes(work, 0.5, 1) == doctest::Approx(3600.0));
  CHECK(modelled_seconds(work, link.edge_seconds, 0.5, 1e12) == doctest::Approx(0.010));
  CHECK(modelled_seconds(work, link.edge_seconds, 0.5, 1e6) == doctest::Approx(0.010 + 0.0288));
}

TEST_CASE(
    "both programs are run over a link of every rate, and the table says what became of them") {
  const TemporaryDirectory folder;
  const auto network = folder.path() / "n.safetensors";
  write_file(network, write_safetensors(sample_network()));
  write_idx_folder(folder.path(), ImagePart::kTest, squares(20, 1));
  ReproductionTable table("processes");
  run_processes({folder.path(), FLYBALL_BINARY_DIR}, {network, {1e6, 2e5}, 20, 1}, table);
  REQUIRE(table.rows().size() >= 10);
  std::size_t lost = 0;
  double slow = 0.0;
  double fast = 0.0;
  for (const ReproductionRow& row : table.rows()) {
    if (row.name == "1 Mbit/s: median, beside the model's") fast = row.ours;
    if (row.name == "0.2 Mbit/s: median, beside the model's") slow = row.ours;
    if (row.name.find("not answered") == std::string::npos) continue;
    CHECK(row.ours == 0.0);
    ++lost;
  }
  CHECK(lost == 2);
  CHECK(fast > 0.0);
  CHECK(slow > fast);
  CHECK(table.notes().size() == 3);
}
