#include "agent/vision/idx_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "env/errors.h"
#include "tests/agent/vision/idx_folder.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

TEST_CASE("images and labels of a folder are read as they were written, or the first of them") {
  const TemporaryDirectory folder;
  const LabelledImages written = squares(6, 1);
  write_idx_folder(folder.path(), ImagePart::kTest, written);
  const LabelledImages all = read_labelled_images(folder.path(), ImagePart::kTest, 4);
  CHECK(all.rows == written.rows);
  CHECK(all.columns == written.columns);
  CHECK(all.pixels == written.pixels);
  CHECK(all.labels == written.labels);
  const LabelledImages two = read_labelled_images(folder.path(), ImagePart::kTest, 4, 2);
  CHECK(two.count() == 2);
  CHECK(two.pixels.size() == 2 * written.image_size());
  CHECK(two.pixels_of(1, 1)[5] == written.pixels[written.image_size() + 5]);
}

TEST_CASE("what is no idx file, is cut off, goes on or has other labels is refused by its name") {
  const TemporaryDirectory folder;
  const std::string file = (folder.path() / "t10k-labels-idx1-ubyte.gz").string();
  const auto refusal = [&](const std::string& bytes) {
    write_gzip(file, bytes);
    try {
      read_idx_file(file, 1);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string head("\0\0\x08\x01", 4);
  CHECK(refusal("text") == file +
                               ": begins with 74657874, 00000801 expected: an idx file of bytes "
                               "with 1 dimensions");
  CHECK(refusal(head + std::string("\0\0\0\4abc", 7)).find("1 bytes are missing") !=
        std::string::npos);
  CHECK(refusal(head + std::string("\0\0\0\2abc", 7)).find("goes on after") != std::string::npos);
  CHECK(refusal(head + std::string("\xff\xff\xff\xff", 4)).find("size 4294967295, 1 to") !=
        std::string::npos);
  CHECK(refusal(head + std::string("\0\0\0\3abc", 7)).empty());
  CHECK_THROWS_AS(read_idx_file(folder.path() / "none.gz", 1), DataError);
  write_idx_folder(folder.path(), ImagePart::kTest, squares(6, 1));
  CHECK_THROWS_WITH_AS(read_labelled_images(folder.path(), ImagePart::kTest, 2),
                       doctest::Contains("below 2 expected"), DataError);
}
