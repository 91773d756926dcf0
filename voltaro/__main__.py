"""``python -m voltaro``."""

from voltaro.cli import main

if __name__ == "__main__":
    main()
