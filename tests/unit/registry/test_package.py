import subprocess
import sys


def test_the_package_alone_brings_no_http_library_along() -> None:
    code = "import sys, pullsecret.registry; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
