"""What learncomm writes for people: answers, discussion questions and summaries, each line with its evidence."""
