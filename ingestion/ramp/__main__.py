"""Read one client's Ramp alone and print what came:  python -m ingestion.ramp CLIENT_ID --connections FILE.json"""

from ingestion.alone import main

if __name__ == "__main__":
    main("ramp")
