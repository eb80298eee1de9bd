#include <flyball/agent/cholesky.h>

#include <vector>

int main() {
  std::vector<double> matrix = {4.0};
  return flyball::factorise(matrix, 1) && matrix.front() == 2.0 ? 0 : 1;
}
